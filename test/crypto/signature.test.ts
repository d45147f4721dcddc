import { createHash } from "node:crypto";

import { ed25519 } from "@noble/curves/ed25519.js";
import { expect } from "chai";
import fc from "fast-check";

import { fromHex, toHex, utf8 } from "../../lib/crypto/bytes.ts";
import {
  keyThatSigned,
  signature,
  SigningKey,
  verifyingKey,
  type VerifyingKey,
  verifySignature,
} from "../../lib/crypto/signature.ts";
import { nobleSigning } from "./noble.ts";
import { wycheproof, type WycheproofTest } from "./wycheproof.ts";

// RFC 8032 §7.1: secret key, public key, message, signature.
const rfc8032 = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
] as const;

// The eight points of the small subgroup, then the encodings of some of them that are not canonical.
const smallOrder = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

const message = utf8("message");

describe("crypto/signature", () => {
  it("agrees with RFC 8032", () => {
    for (const [seed, publicKey, text, signed] of rfc8032) {
      const key = SigningKey.fromSeed(fromHex(seed));
      expect(toHex(key.publicKey)).to.equal(publicKey);
      expect(toHex(key.sign(fromHex(text)))).to.equal(signed);
      expect(verifySignature(key.publicKey, fromHex(text), signature(fromHex(signed)))).to.equal(true);
    }
  });

  it("agrees with every vector of Wycheproof", function () {
    const groups = wycheproof("ed25519");
    if (groups === undefined) return this.skip();
    let count = 0;
    for (const group of groups) {
      const key = verifyingKey(fromHex((group["publicKey"] as { pk: string }).pk));
      for (const test of group.tests) {
        expect(verifies(key, test), `test ${test.tcId}`).to.equal(test.result === "valid");
        count++;
      }
    }
    expect(count).to.be.at.least(100);
  });

  it("knows a key by what it signed, and takes nothing else for one", () => {
    const key = SigningKey.generate();
    const signed = key.sign(message);
    expect(keyThatSigned(Uint8Array.from(key.publicKey), message, signed)).to.deep.equal(key.publicKey);
    expect(keyThatSigned(SigningKey.generate().publicKey, message, signed)).to.equal(undefined);
    expect(keyThatSigned(key.publicKey, utf8("another"), signed)).to.equal(undefined);
    expect(() => keyThatSigned(key.publicKey.subarray(1), message, signed)).to.throw(RangeError);
    // under a key of small order, R = A and s = 0 verify for every message, or for some
    for (const point of smallOrder.map(fromHex)) {
      const forged = signature(Buffer.concat([point, new Uint8Array(32)]));
      for (let i = 0; i < 16; i++) expect(keyThatSigned(point, Uint8Array.of(i), forged)).to.equal(undefined);
    }
  });

  it("finds no signature under what is no point: what a key signed names a point", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        (bytes, any) => {
          expect(keyThatSigned(bytes, message, signature(any))).to.equal(undefined);
          const withZero = signature(Buffer.concat([bytes, new Uint8Array(32)]));
          expect(keyThatSigned(bytes, message, withZero)).to.equal(undefined);
        },
      ),
    );
  });

  it("verifies its own signatures, and none for another message or key", () => {
    const [key, other] = [SigningKey.generate(), SigningKey.generate()];
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (text, another) => {
        fc.pre(toHex(text) !== toHex(another));
        const signed = key.sign(text);
        expect(verifySignature(key.publicKey, text, signed)).to.equal(true);
        expect(verifySignature(key.publicKey, another, signed)).to.equal(false);
        expect(verifySignature(other.publicKey, text, signed)).to.equal(false);
      }),
      { numRuns: 20 },
    );
  });

  it("takes no key of small order, however it is spelt", () => {
    for (const point of smallOrder) expect(() => verifyingKey(fromHex(point)), point).to.throw(RangeError);
  });

  it("takes no key that is not the canonical encoding of a point", () => {
    const noPoint = "0200000000000000000000000000000000000000000000000000000000000000"; // y = 2 is on no x
    const tooLarge = "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"; // y = p + 3
    for (const key of [noPoint, tooLarge]) expect(() => verifyingKey(fromHex(key))).to.throw(RangeError, "canonical");
  });

  it("does not verify under a key of small order, even one that was never checked", () => {
    const anything = signature(fromHex(`01${"00".repeat(63)}`)); // R neutral, S zero: holds for all messages
    for (const point of smallOrder) {
      expect(verifySignature(fromHex(point) as VerifyingKey, message, anything)).to.equal(false);
    }
  });

  it("does not verify a second spelling of a signature: S + L", () => {
    const key = SigningKey.fromSeed(new Uint8Array(32).fill(3));
    const signed = key.sign(message);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
    const s = littleEndian(signed.subarray(32)) + order;
    const respelt = Uint8Array.from(signed);
    respelt.set(fromHex(s.toString(16).padStart(64, "0")).reverse(), 32);
    expect(verifySignature(key.publicKey, message, signature(respelt))).to.equal(false);
  });

  it("gives the same keys and signatures as @noble/curves, for any seed and message", () => {
    const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(seeds, fc.uint8Array(), (seed, text) => {
        const [node, noble] = [SigningKey.fromSeed(seed), SigningKey.fromSeed(seed, nobleSigning)];
        expect(toHex(node.publicKey)).to.equal(toHex(noble.publicKey));
        expect(toHex(node.sign(text))).to.equal(toHex(noble.sign(text)));
      }),
      { numRuns: 50 },
    );
  });

  it("takes nothing that @noble/curves does not take in its strict mode, whatever byte of key or signature is another", () => {
    const key = SigningKey.fromSeed(new Uint8Array(32).fill(5));
    const signed = key.sign(message);
    const place = fc.nat(95);
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const both = Uint8Array.from([...key.publicKey, ...signed]);
        both[at] = (both[at] ?? 0) ^ flip;
        const [other, altered] = [both.subarray(0, 32), both.subarray(32)];
        expect(verifySignature(other as VerifyingKey, message, signature(altered))).to.equal(false);
        expect(strictly(other, altered)).to.equal(false);
      }),
      { numRuns: 200 },
    );
  });

  it("does not verify what holds up to the small subgroup alone: a key or an R with a part of small order", () => {
    const { Point } = ed25519;
    const torsion = Point.fromBytes(fromHex(smallOrder[4] ?? ""), true);
    for (const [keyPart, commitmentPart] of [
      [torsion, Point.ZERO],
      [Point.ZERO, torsion],
    ] as const) {
      const { key, signed } = forge(keyPart, commitmentPart);
      expect(strictly(key, signed), "noble multiplies by the cofactor").to.equal(true);
      expect(verifySignature(verifyingKey(key), message, signature(signed))).to.equal(false);
    }
    const { key, signed } = forge(Point.ZERO, Point.ZERO);
    expect(verifySignature(verifyingKey(key), message, signature(signed)), "without such a part").to.equal(true);
  });

  it("does not verify under a key whose y is not canonical, though it names a point", () => {
    // p + 3 … p + 18 are the spellings of 3 … 18 that fit into 255 bits
    for (let y = 3; y < 19; y++) {
      const key = fromHex(`${(0xed + y).toString(16)}${"ff".repeat(30)}7f`);
      expect(() => verifyingKey(key)).to.throw(RangeError);
      const anything = SigningKey.generate().sign(message);
      expect(verifySignature(key as VerifyingKey, message, anything)).to.equal(false);
    }
  });

  it("measures keys, seeds and signatures", () => {
    for (const length of [0, 31, 33]) {
      expect(() => verifyingKey(new Uint8Array(length))).to.throw(RangeError, "32 bytes");
      expect(() => SigningKey.fromSeed(new Uint8Array(length))).to.throw(RangeError, "32 bytes");
      expect(() => SigningKey.generate(() => new Uint8Array(length))).to.throw(RangeError, "32 bytes");
    }
    for (const length of [0, 63, 65]) expect(() => signature(new Uint8Array(length))).to.throw(RangeError, "64 bytes");
  });

  it("keeps its own copy of the seed, and signs no more once it is destroyed", () => {
    const seed = new Uint8Array(32).fill(4);
    const key = SigningKey.fromSeed(seed);
    seed.fill(0);
    key.exportSeed().fill(0);
    expect(key.exportSeed()).to.deep.equal(new Uint8Array(32).fill(4));
    key.destroy();
    expect(() => key.sign(message)).to.throw(TypeError, "destroyed");
    expect(() => key.exportSeed()).to.throw(TypeError, "destroyed");
  });
});

function strictly(key: Uint8Array, signed: Uint8Array): boolean {
  try {
    return ed25519.verify(signed, message, key, { zip215: false });
  } catch {
    return false; // no encoding of anything
  }
}

/** A signature by whoever knows the secret of a key, with parts of small order in the key and in R. */
function forge(
  keyPart: typeof ed25519.Point.ZERO,
  commitmentPart: typeof ed25519.Point.ZERO,
): { readonly key: Uint8Array; readonly signed: Uint8Array } {
  const { Point } = ed25519;
  const order = Point.Fn.ORDER;
  const [secret, once] = [1234567n, 7654321n];
  const key = Point.BASE.multiply(secret).add(keyPart).toBytes();
  // a k that is no multiple of 8 does not hide the key's part
  for (let nonce = once; ; nonce++) {
    const commitment = Point.BASE.multiply(nonce).add(commitmentPart).toBytes();
    const hash = createHash("sha512").update(commitment).update(key).update(message).digest();
    const k = BigInt(`0x${hash.reverse().toString("hex")}`) % order;
    if (k % 8n === 0n) continue;
    const s = (nonce + k * secret) % order;
    const bytes = fromHex(s.toString(16).padStart(64, "0")).reverse();
    return { key, signed: Uint8Array.from([...commitment, ...bytes]) };
  }
}

function verifies(key: VerifyingKey, test: WycheproofTest): boolean {
  const signed = fromHex(test["sig"] as string);
  if (signed.length !== 64) return false; // signature() takes no other length
  return verifySignature(key, fromHex(test["msg"] as string), signature(signed));
}
