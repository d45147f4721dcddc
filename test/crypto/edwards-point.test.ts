import { ed25519 } from "@noble/curves/ed25519.js";
import { expect } from "chai";
import fc from "fast-check";

import { isPoint } from "../../lib/crypto/edwards-point.ts";

const p = 2n ** 255n - 19n;

/** @returns whether @noble/curves decodes `bytes`, as strictly as RFC 8032 §5.1.3 says */
function decodes(bytes: Uint8Array): boolean {
  try {
    ed25519.Point.fromBytes(bytes, false);
    return true;
  } catch {
    return false;
  }
}

/** The spelling of a y, with x's sign above it. */
function spell(y: bigint, sign: 0n | 1n): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number(((y | (sign << 255n)) >> BigInt(8 * i)) & 0xffn));
}

describe("crypto/edwards-point", () => {
  it("says what @noble/curves says, of any 32 bytes", () => {
    const found = { points: 0, others: 0 };
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(isPoint(bytes)).to.equal(decodes(bytes));
        found[isPoint(bytes) ? "points" : "others"]++;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(found.points, found.others)).to.be.greaterThan(50); // half of all y have an x
  });

  it("says so at both ends of the field, and of what is beyond it, under both signs", () => {
    const ends = Array.from({ length: 20 }, (_, i) => BigInt(i));
    for (const y of [...ends, ...ends.map((i) => p - 1n - i), ...ends.slice(0, 19).map((i) => p + i)]) {
      for (const sign of [0n, 1n] as const) {
        const bytes = spell(y, sign);
        expect(isPoint(bytes), `y = ${y}, sign ${sign}`).to.equal(decodes(bytes));
        if (y >= p) expect(isPoint(bytes)).to.equal(false);
      }
    }
  });

  it("takes every public key, under either sign", () => {
    for (let turn = 0; turn < 20; turn++) {
      const key = ed25519.getPublicKey(ed25519.utils.randomSecretKey());
      expect(isPoint(key)).to.equal(true);
      key[31] = (key[31] ?? 0) ^ 0x80; // −x
      expect(isPoint(key)).to.equal(true);
    }
  });
});
