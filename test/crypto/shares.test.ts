import { ed25519 } from "@noble/curves/ed25519.js";
import { expect } from "chai";
import fc from "fast-check";

import { toHex } from "../../lib/crypto/bytes.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { combineShares, type DealtSecret, dealShares, isShare, type Sharing } from "../../lib/crypto/shares.ts";

/** Those shares of `dealt` that `holders` have. */
function sharesOf({ shares }: DealtSecret, holders: readonly number[]): ReadonlyMap<number, Uint8Array> {
  return new Map(holders.map((holder) => [holder, shares[holder] ?? new Uint8Array()]));
}

/** @returns what the promise rejects with */
function refusalOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** 1 ≤ threshold ≤ holders ≤ 6, and some of the holders. */
const sharings = fc.integer({ min: 1, max: 6 }).chain((holders) =>
  fc.record({
    threshold: fc.integer({ min: 1, max: holders }),
    holders: fc.constant(holders),
    chosen: fc.subarray([...Array(holders).keys()], { minLength: 1 }),
  }),
);

describe("crypto/shares", () => {
  it("gives the secret back for any holders, if they are enough, and refuses fewer", async () => {
    await fc.assert(
      fc.asyncProperty(sharings, async ({ chosen, ...sharing }) => {
        const dealt = await dealShares(sharing, systemRandom);
        const given = sharesOf(dealt, chosen);
        if (chosen.length < sharing.threshold)
          expect(await refusalOf(combineShares(given, sharing))).to.be.instanceOf(RangeError);
        else expect(toHex(await combineShares(given, sharing))).to.equal(toHex(dealt.secret));
      }),
      { numRuns: 60 },
    );
  });

  it("knows each holder's share by the commitments alone, and refuses every other", async () => {
    const dealt = await dealShares({ threshold: 2, holders: 3 }, systemRandom);
    const other = await dealShares({ threshold: 2, holders: 3 }, systemRandom);
    for (const [holder, share] of dealt.shares.entries()) {
      expect(await isShare(share, holder, dealt.commitments), `share ${holder}`).to.equal(true);
      expect(await isShare(share, (holder + 1) % 3, dealt.commitments), "another's share").to.equal(false);
      expect(await isShare(share, holder, other.commitments), "another dealer's").to.equal(false);
      expect(await isShare(share, holder, dealt.commitments.slice(0, 1)), "fewer commitments").to.equal(false);
      const flipped = Uint8Array.from(share, (byte, i) => (i === 7 ? byte ^ 1 : byte));
      expect(await isShare(flipped, holder, dealt.commitments), "one bit").to.equal(false);
    }
  });

  it("refuses what is no share at all: other lengths, zero, scalars that are not reduced, no commitments", async () => {
    for (const threshold of [1, 2]) {
      const { shares, commitments } = await dealShares({ threshold, holders: 2 }, systemRandom);
      const share = shares[0] ?? new Uint8Array();
      for (const wrong of [new Uint8Array(), share.slice(1), new Uint8Array(32), new Uint8Array(32).fill(255)]) {
        expect(await isShare(wrong, 0, commitments)).to.equal(false);
      }
      expect(await isShare(share, 0, [])).to.equal(false);
      expect(await isShare(share, 0, [new Uint8Array(32).fill(2)])).to.equal(false);
      expect(await isShare(share, 0, commitments)).to.equal(true);
    }
  });

  it("one share less than enough fits every secret equally: it excludes none", async () => {
    const sharing = { threshold: 2, holders: 2 };
    const dealt = await dealShares(sharing, systemRandom);
    const { Fn } = ed25519.Point;
    const known = Fn.fromBytes(dealt.shares[0] ?? new Uint8Array());
    for (const secret of [1n, 2n, Fn.fromBytes(dealt.secret), Fn.ORDER - 1n]) {
      // the line through (0, secret) and (1, known) gives the second holder's share at 2
      const second = Fn.sub(Fn.add(known, known), secret);
      const shares = new Map([...sharesOf(dealt, [0]), [1, Fn.toBytes(second)] as const]);
      expect(Fn.fromBytes(await combineShares(shares, sharing))).to.equal(secret);
    }
  });

  it("where one share is enough, each is the secret, and is checked all the same", async () => {
    const dealt = await dealShares({ threshold: 1, holders: 3 }, systemRandom);
    expect(dealt.commitments).to.have.length(1);
    expect(dealt.shares.map(toHex)).to.deep.equal(Array(3).fill(toHex(dealt.secret)));
    expect(await isShare(systemRandom(32).fill(0, 31), 0, dealt.commitments)).to.equal(false);
  });

  it("deals what the same random source gave, and never the same for two", async () => {
    const repeat = (length: number): Uint8Array => new Uint8Array(length).fill(7);
    const sharing = { threshold: 2, holders: 2 };
    const text = ({ secret, shares }: DealtSecret): string => [secret, ...shares].map(toHex).join();
    expect(text(await dealShares(sharing, repeat))).to.equal(text(await dealShares(sharing, repeat)));
    expect(text(await dealShares(sharing, systemRandom))).not.to.equal(text(await dealShares(sharing, systemRandom)));
  });

  it("wants between one and all holders", async () => {
    const wrong: readonly Sharing[] = [
      { threshold: 0, holders: 1 },
      { threshold: 2, holders: 1 },
      { threshold: 1.5, holders: 2 },
      { threshold: 1, holders: 0 },
    ];
    for (const sharing of wrong) {
      const refusal = await refusalOf(dealShares(sharing, systemRandom));
      expect(refusal).to.be.instanceOf(RangeError).with.property("message").that.includes("sharing");
    }
  });
});
