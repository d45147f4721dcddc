import { expect } from "chai";
import fc from "fast-check";

import { concat, fromHex, toHex, utf8 } from "../../lib/crypto/bytes.ts";
import { digest, hashFunctions, type HashName, hkdf, hmacSha256, sha256 } from "../../lib/crypto/hash.ts";

const bytes = (from: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => from + index);
const repeated = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte);

// NIST's example values for FIPS 180-4, and RFC 7693 appendices A and B.
const abc: Record<HashName, string> = {
  SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  SHA512:
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  BLAKE2s: "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
  BLAKE2b:
    "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
};

// RFC 4231 §4.2 to §4.4 and §4.7: key, data, HMAC-SHA-256, the beginning of HMAC-SHA-512.
const rfc4231 = [
  [
    repeated(0x0b, 20),
    utf8("Hi There"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde",
  ],
  [
    utf8("Jefe"),
    utf8("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554",
  ],
  [
    repeated(0xaa, 20),
    repeated(0xdd, 50),
    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39",
  ],
  [
    repeated(0xaa, 131),
    utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352",
  ],
] as const;

// RFC 5869 A.1 to A.3: secret, salt, info, output.
const rfc5869 = [
  [
    repeated(0x0b, 22),
    bytes(0, 13),
    bytes(0xf0, 10),
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  ],
  [
    bytes(0, 80),
    bytes(0x60, 80),
    bytes(0xb0, 80),
    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
  ],
  [
    repeated(0x0b, 22),
    bytes(0, 0),
    bytes(0, 0),
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  ],
] as const;

describe("crypto/hash", () => {
  for (const [name, expected] of Object.entries(abc) as [HashName, string][]) {
    it(`hashes "abc" with ${name} as its document says, whole or in parts`, () => {
      const { hash, length } = hashFunctions[name];
      expect(toHex(hash(utf8("abc")))).to.equal(expected);
      expect(toHex(hash(utf8("a"), utf8(""), utf8("bc")))).to.equal(expected);
      expect(hash()).to.have.length(length);
      expect(Buffer.isBuffer(hash())).to.equal(false);
    });

    it(`makes the HMAC of RFC 2104 from ${name}`, () => {
      const { hash, hmac, length } = hashFunctions[name];
      const block = 2 * length; // of all four
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300, size: "max" }), fc.uint8Array(), (key, text) => {
          const short = key.length > block ? hash(key) : key;
          const pad = (byte: number): Uint8Array =>
            concat(short, repeated(0, block))
              .map((k) => k ^ byte)
              .slice(0, block);
          expect(hmac(key, text)).to.deep.equal(hash(pad(0x5c), hash(pad(0x36), text)));
        }),
      );
    });
  }

  it("makes HMACs as RFC 4231", () => {
    for (const [key, text, mac256, mac512] of rfc4231) {
      expect(toHex(hmacSha256(key, text))).to.equal(mac256);
      expect(toHex(hmacSha256(key, text.subarray(0, 3), text.subarray(3)))).to.equal(mac256);
      expect(toHex(hashFunctions.SHA512.hmac(key, text)).slice(0, 64)).to.equal(mac512);
    }
  });

  it("derives keys as RFC 5869", () => {
    for (const [secret, salt, info, output] of rfc5869) {
      expect(toHex(hkdf(secret, info, output.length / 2, salt))).to.equal(output);
    }
  });

  it("derives 32 bytes where no length is named, with a salt of zeros where none is given", () => {
    const [secret, info] = [bytes(0, 32), utf8("info")];
    expect(hkdf(secret, info)).to.have.length(32);
    expect(hkdf(secret, info)).to.deep.equal(hkdf(secret, info, 32, new Uint8Array(32)));
    expect(hkdf(secret, info, 8160)).to.have.length(8160);
    expect(() => hkdf(secret, info, 8161)).to.throw();
  });

  it("brands 32 bytes as a digest, and nothing else", () => {
    expect(digest(sha256())).to.have.length(32);
    for (const length of [0, 31, 33]) expect(() => digest(new Uint8Array(length))).to.throw(RangeError, "32 bytes");
    expect(() => digest("e3b0" as never)).to.throw(TypeError, "bytes");
    expect(toHex(sha256(fromHex("")))).to.match(/^e3b0c44298fc1c14/);
  });
});
