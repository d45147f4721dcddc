import { expect } from "chai";
import fc from "fast-check";

import {
  concat,
  equalBytes,
  expectLength,
  fromBase64url,
  fromHex,
  fromUtf8,
  toBase64url,
  toHex,
  utf8,
} from "../../lib/crypto/bytes.ts";
import { systemRandom } from "../../lib/crypto/random.ts";

describe("crypto/bytes", () => {
  it("reads back every spelling of any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromBase64url(toBase64url(bytes))).to.deep.equal(bytes);
        expect(fromBase64url(toBase64url(bytes), bytes.length)).to.deep.equal(bytes);
        expect(fromHex(toHex(bytes))).to.deep.equal(bytes);
      }),
    );
  });

  it("spells base64url as RFC 4648 §5, without padding", () => {
    expect(toBase64url(Uint8Array.of(0xfb, 0xff, 0xfe, 0xff))).to.equal("-__-_w");
    expect(fromBase64url("")).to.have.length(0);
  });

  for (const [text, fault] of [
    ["-__-_w==", "padding"],
    ["+//+/w", "the other alphabet"],
    ["-__-_x", "bits that belong to no byte"],
    ["-__-_", "a digit that belongs to no byte"],
    [" -__-_w", "a space"],
    ["-__-_w\n", "a line end"],
    ["-_!_-_w", "a foreign character"],
  ] as const) {
    it(`reads no base64url with ${fault}`, () => {
      expect(() => fromBase64url(text)).to.throw(RangeError, "canonical");
    });
  }

  it("reads base64url of the wanted length only", () => {
    expect(() => fromBase64url("AAAA", 2)).to.throw(RangeError, "2 bytes");
    expect(() => fromBase64url("AAAA", 4)).to.throw(RangeError, "4 bytes");
    expect(fromBase64url("AAAA", 3)).to.have.length(3);
  });

  it("reads lower-case hexadecimal only", () => {
    for (const text of ["0", "0G", "AB", "0x00", " 00", "00\n"]) expect(() => fromHex(text), text).to.throw(RangeError);
  });

  it("compares bytes, and unequal lengths without throwing", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(equalBytes(a, Uint8Array.from(a))).to.equal(true);
        expect(equalBytes(a, b)).to.equal(toHex(a) === toHex(b));
        expect(equalBytes(a, concat(a, Uint8Array.of(0)))).to.equal(false);
      }),
    );
  });

  it("joins parts in order, into an array of its own", () => {
    const part = Uint8Array.of(1, 2);
    const whole = concat(part, new Uint8Array(0), Uint8Array.of(3));
    part.fill(9);
    expect(whole).to.deep.equal(Uint8Array.of(1, 2, 3));
    expect(concat()).to.have.length(0);
  });

  it("reads valid UTF-8 only, and keeps a byte order mark", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(fromUtf8(utf8(text))).to.equal(text);
      }),
    );
    expect(fromUtf8(utf8("\ufeffa"))).to.equal("\ufeffa");
    for (const bytes of ["80", "c080", "eda080", "f4908080", "e282"]) {
      expect(() => fromUtf8(fromHex(bytes)), bytes).to.throw(TypeError);
    }
  });

  it("spells the bytes of a view, not those of the memory behind it", () => {
    const view = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(toHex(view)).to.equal("0203");
    expect(toBase64url(view)).to.equal("AgM");
  });

  it("says what is the matter with a length", () => {
    expect(() => expectLength("nonce", new Uint8Array(11), 12)).to.throw(
      RangeError,
      '"nonce" expected 12 bytes, got 11',
    );
    expect(() => expectLength("nonce", "x".repeat(12) as never, 12)).to.throw(TypeError, '"nonce" expected bytes');
  });
});

describe("crypto/random", () => {
  it("gives as many bytes as asked for, never the same", () => {
    for (const length of [0, 1, 32, 65537]) expect(systemRandom(length)).to.have.length(length);
    expect(systemRandom(32)).to.not.deep.equal(systemRandom(32));
  });
});
