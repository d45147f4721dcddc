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

/** 1 ≤ threshold ≤ holders ≤ 6, and some of the holders. */
const sharings = fc.integer({ min: 1, max: 6 }).chain((holders) =>
  fc.record({
    threshold: fc.integer({ min: 1, max: holders }),
    holders: fc.constant(holders),
    chosen: fc.subarray([...Array(holders).keys()], { minLength: 1 }),
  }),
);

describe("crypto/shares", () => {
  it("gives the secret back for any holders, if they are enough, and refuses fewer", () => {
    fc.assert(
      fc.property(sharings, ({ chosen, ...sharing }) => {
        const dealt = dealShares(sharing, systemRandom);
        const given = sharesOf(dealt, chosen);
        if (chosen.length < sharing.threshold) expect(() => combineShares(given, sharing)).to.throw(RangeError);
        else expect(toHex(combineShares(given, sharing))).to.equal(toHex(dealt.secret));
      }),
      { numRuns: 60 },
    );
  });

  it("knows each holder's share by the commitments alone, and refuses every other", () => {
    const dealt = dealShares({ threshold: 2, holders: 3 }, systemRandom);
    const other = dealShares({ threshold: 2, holders: 3 }, systemRandom);
    dealt.shares.forEach((share, holder) => {
      expect(isShare(share, holder, dealt.commitments), `share ${holder}`).to.equal(true);
      expect(isShare(share, (holder + 1) % 3, dealt.commitments), "another's share").to.equal(false);
      expect(isShare(share, holder, other.commitments), "another dealer's").to.equal(false);
      expect(isShare(share, holder, dealt.commitments.slice(0, 1)), "fewer commitments").to.equal(false);
      const flipped = Uint8Array.from(share, (byte, i) => (i === 7 ? byte ^ 1 : byte));
      expect(isShare(flipped, holder, dealt.commitments), "one bit").to.equal(false);
    });
  });

  it("refuses what is no share at all: other lengths, zero, scalars that are not reduced, no commitments", () => {
    for (const threshold of [1, 2]) {
      const { shares, commitments } = dealShares({ threshold, holders: 2 }, systemRandom);
      const share = shares[0] ?? new Uint8Array();
      for (const wrong of [new Uint8Array(), share.slice(1), new Uint8Array(32), new Uint8Array(32).fill(255)]) {
        expect(isShare(wrong, 0, commitments)).to.equal(false);
      }
      expect(isShare(share, 0, [])).to.equal(false);
      expect(isShare(share, 0, [new Uint8Array(32).fill(2)])).to.equal(false);
      expect(isShare(share, 0, commitments)).to.equal(true);
    }
  });

  it("one share less than enough fits every secret equally: it excludes none", () => {
    const sharing = { threshold: 2, holders: 2 };
    const dealt = dealShares(sharing, systemRandom);
    const { Fn } = ed25519.Point;
    const known = Fn.fromBytes(dealt.shares[0] ?? new Uint8Array());
    for (const secret of [1n, 2n, Fn.fromBytes(dealt.secret), Fn.ORDER - 1n]) {
      // the line through (0, secret) and (1, known) gives the second holder's share at 2
      const second = Fn.sub(Fn.add(known, known), secret);
      const shares = new Map([...sharesOf(dealt, [0]), [1, Fn.toBytes(second)] as const]);
      expect(Fn.fromBytes(combineShares(shares, sharing))).to.equal(secret);
    }
  });

  it("where one share is enough, each is the secret, and is checked all the same", () => {
    const dealt = dealShares({ threshold: 1, holders: 3 }, systemRandom);
    expect(dealt.commitments).to.have.length(1);
    expect(dealt.shares.map(toHex)).to.deep.equal(Array(3).fill(toHex(dealt.secret)));
    expect(isShare(systemRandom(32).fill(0, 31), 0, dealt.commitments)).to.equal(false);
  });

  it("deals what the same random source gave, and never the same for two", () => {
    const repeat = (length: number): Uint8Array => new Uint8Array(length).fill(7);
    const sharing = { threshold: 2, holders: 2 };
    const text = ({ secret, shares }: DealtSecret): string => [secret, ...shares].map(toHex).join();
    expect(text(dealShares(sharing, repeat))).to.equal(text(dealShares(sharing, repeat)));
    expect(text(dealShares(sharing, systemRandom))).not.to.equal(text(dealShares(sharing, systemRandom)));
  });

  it("wants between one and all holders", () => {
    const wrong: readonly Sharing[] = [
      { threshold: 0, holders: 1 },
      { threshold: 2, holders: 1 },
      { threshold: 1.5, holders: 2 },
      { threshold: 1, holders: 0 },
    ];
    for (const sharing of wrong) expect(() => dealShares(sharing, systemRandom)).to.throw(RangeError, "sharing");
  });
});
