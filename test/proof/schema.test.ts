import { expect } from "chai";
import fc from "fast-check";
import * as v from "valibot";

import { fromBase64url, toBase64url } from "../../lib/crypto/bytes.ts";
import { canonicalJson } from "../../lib/data/canonical.ts";
import { bytesText, exactly } from "../../lib/proof/_schema.ts";

/** What reads the bytes says whether this is their spelling. */
function isSpelling(text: string, length: number): boolean {
  try {
    fromBase64url(text, length);
    return true;
  } catch {
    return false;
  }
}

describe("proof/schema", () => {
  for (const length of [16, 32, 33, 64]) {
    it(`takes the one spelling of ${length} bytes, and whatever else is none`, () => {
      const schema = bytesText(length);
      const bytes = fc.uint8Array({ minLength: length, maxLength: length });
      const piece = fc.oneof(
        fc.constantFrom("", "=", "+", "/", " ", "\n", "A", "B", "-", "_", "é"),
        fc.string({ maxLength: 2 }),
      );
      let taken = 0;
      fc.assert(
        fc.property(bytes, fc.nat(length * 2), fc.nat(2), piece, (all, from, cut, put) => {
          const text = toBase64url(all);
          const other = text.slice(0, from) + put + text.slice(from + cut);
          expect(v.is(schema, text)).to.equal(true);
          expect(v.is(schema, other), JSON.stringify(other)).to.equal(isSpelling(other, length));
          if (other !== text && v.is(schema, other)) taken++;
        }),
        { numRuns: 300 },
      );
      expect(taken, "other bytes in their one spelling").to.be.greaterThan(0);
      const zeros = toBase64url(new Uint8Array(length));
      for (const last of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
        const text = zeros.slice(0, -1) + last;
        expect(v.is(schema, text), text).to.equal(isSpelling(text, length));
      }
      for (const other of [undefined, null, 0, [], {}, [zeros]]) expect(v.is(schema, other)).to.equal(false);
    });
  }

  it("reads an object into the order in which it is written", () => {
    const schema = exactly({ b: v.number(), a: exactly({ d: v.number(), c: v.number() }) });
    const read = v.parse(schema, { b: 1, a: { d: 2, c: 3 } });
    expect(JSON.stringify(read)).to.equal(canonicalJson(read)).and.to.equal('{"a":{"c":3,"d":2},"b":1}');
    for (const other of [{ b: 1 }, { ...read, more: 1 }, [], "", null]) expect(v.is(schema, other)).to.equal(false);
  });
});
