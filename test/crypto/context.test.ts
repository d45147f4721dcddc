import { expect } from "chai";
import fc from "fast-check";

import { fromHex, toHex, utf8 } from "../../lib/crypto/bytes.ts";
import { context } from "../../lib/crypto/context.ts";

const fields = fc.array(fc.oneof(fc.uint8Array(), fc.string({ unit: "grapheme" })), { maxLength: 4 });
const asBytes = (field: Uint8Array | string): string => toHex(typeof field === "string" ? utf8(field) : field);

describe("crypto/context", () => {
  it("puts a 32-bit length before the label and each field", () => {
    const label = "sealfold/1 job";
    const expected = `0000000e${toHex(utf8(label))}00000001610000000200ff000000080000000000000102`;
    expect(toHex(context("job", "a", fromHex("00ff"), 258))).to.equal(expected);
  });

  it("is the same for the same fields alone", () => {
    fc.assert(
      fc.property(fields, fields, (one, other) => {
        const same = JSON.stringify(one.map(asBytes)) === JSON.stringify(other.map(asBytes));
        expect(toHex(context("job", ...one)) === toHex(context("job", ...other))).to.equal(same);
      }),
    );
  });

  it("tells apart labels, and fields that are cut elsewhere", () => {
    const all = [
      context("job", "ab", "c"),
      context("job", "a", "bc"),
      context("job", "abc"),
      context("job", "abc", ""),
      context("job", "", "abc"),
      context("plan", "abc"),
      context("chunk", "key"),
      context("chunk key"),
    ].map(toHex);
    expect(new Set(all).size).to.equal(all.length);
  });

  it("takes whole numbers from 0 to 2^53 - 1", () => {
    expect(toHex(context("job", Number.MAX_SAFE_INTEGER)).slice(-16)).to.equal("001fffffffffffff");
    expect(toHex(context("job", 0)).slice(-16)).to.equal("0000000000000000");
    for (const field of [-1, 0.5, NaN, Infinity, Number.MAX_SAFE_INTEGER + 1]) {
      expect(() => context("job", field)).to.throw(RangeError, "integer");
    }
  });

  it("takes no lone surrogate, which would be encoded like U+FFFD", () => {
    for (const field of ["\ud800", "a\udc00", "\udc00\ud800"]) {
      expect(() => context("job", field)).to.throw(RangeError, "surrogate");
    }
    expect(context("job", "\u{1f600}\ufffd")).to.be.instanceOf(Uint8Array);
  });
});
