import { expect } from "chai";
import fc from "fast-check";

import { type Aead, aesGcm, chaChaPoly } from "../../lib/crypto/aead.ts";
import { concat, fromHex, toHex, utf8 } from "../../lib/crypto/bytes.ts";
import { wycheproof } from "./wycheproof.ts";

const ciphers: Record<string, Aead> = { "AES-256-GCM": aesGcm, "ChaCha20-Poly1305": chaChaPoly };
const key = Uint8Array.from({ length: 32 }, (_, index) => index);
const nonce = new Uint8Array(12).fill(1);
const data = utf8("data");
const text = utf8("plaintext");

describe("crypto/aead", () => {
  it("seals with AES-256-GCM as test case 16 of McGrew and Viega's GCM specification", () => {
    const sealed = aesGcm.seal(
      fromHex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
      fromHex("cafebabefacedbaddecaf888"),
      fromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
      fromHex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      ),
    );
    expect(toHex(sealed)).to.equal(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
    );
  });

  it("seals with ChaCha20-Poly1305 as RFC 8439 §2.8.2", () => {
    const sealed = chaChaPoly.seal(
      fromHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
      fromHex("070000004041424344454647"),
      fromHex("50515253c0c1c2c3c4c5c6c7"),
      utf8(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
      ),
    );
    expect(toHex(sealed.subarray(-16))).to.equal("1ae10b594f09e26a7e902ecbd0600691");
    expect(toHex(sealed)).to.match(/^d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6/);
  });

  it("agrees with every vector of Wycheproof for AES-GCM, and refuses keys and nonces of other lengths", function () {
    const groups = wycheproof("aes_gcm");
    if (groups === undefined) return this.skip();
    const count = { opened: 0, refused: 0, misfit: 0 };
    for (const group of groups) {
      const fits = group["keySize"] === 256 && group["ivSize"] === 96 && group["tagSize"] === 128;
      for (const test of group.tests) {
        const [k, iv, aad, msg, ct, tag] = ["key", "iv", "aad", "msg", "ct", "tag"].map((field) =>
          fromHex(test[field] as string),
        ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
        const sealed = concat(ct, tag);
        if (!fits) {
          expect(() => aesGcm.open(k, iv, aad, sealed), `test ${test.tcId}`).to.throw(RangeError);
          count.misfit++;
        } else if (test.result === "valid") {
          expect(aesGcm.open(k, iv, aad, sealed), `test ${test.tcId}`).to.deep.equal(msg);
          expect(aesGcm.seal(k, iv, aad, msg), `test ${test.tcId}`).to.deep.equal(sealed);
          count.opened++;
        } else {
          expect(aesGcm.open(k, iv, aad, sealed), `test ${test.tcId}`).to.equal(undefined);
          count.refused++;
        }
      }
    }
    expect(count.opened).to.be.at.least(30);
    expect(count.refused).to.be.at.least(20);
  });

  for (const [name, cipher] of Object.entries(ciphers)) {
    describe(name, () => {
      it("opens what it sealed, and adds 16 bytes", () => {
        fc.assert(
          fc.property(fc.uint8Array(), fc.uint8Array(), (about, plaintext) => {
            const sealed = cipher.seal(key, nonce, about, plaintext);
            expect(sealed).to.have.length(plaintext.length + 16);
            expect(cipher.open(key, nonce, about, sealed)).to.deep.equal(plaintext);
          }),
        );
      });

      it("opens nothing of which a bit was altered", () => {
        const sealed = cipher.seal(key, nonce, data, text);
        for (let at = 0; at < sealed.length * 8; at++) {
          const altered = Uint8Array.from(sealed);
          altered[at >> 3] = (altered[at >> 3] ?? 0) ^ (1 << (at & 7));
          expect(cipher.open(key, nonce, data, altered)).to.equal(undefined);
        }
      });

      it("opens under no other key, nonce or associated data", () => {
        const sealed = cipher.seal(key, nonce, data, text);
        expect(cipher.open(new Uint8Array(32), nonce, data, sealed)).to.equal(undefined);
        expect(cipher.open(key, new Uint8Array(12), data, sealed)).to.equal(undefined);
        expect(cipher.open(key, nonce, utf8("datb"), sealed)).to.equal(undefined);
        expect(cipher.open(key, nonce, new Uint8Array(0), sealed)).to.equal(undefined);
      });

      it("takes no tag that is cut short, not even of an empty text", () => {
        for (const plaintext of [new Uint8Array(0), text]) {
          const sealed = cipher.seal(key, nonce, data, plaintext);
          for (let length = 0; length < sealed.length; length++) {
            expect(cipher.open(key, nonce, data, sealed.subarray(0, length))).to.equal(undefined);
          }
        }
      });

      it("measures keys and nonces, also when it opens", () => {
        for (const length of [0, 16, 24, 31, 33]) {
          expect(() => cipher.seal(new Uint8Array(length), nonce, data, text)).to.throw(RangeError, "key");
          expect(() => cipher.open(new Uint8Array(length), nonce, data, text)).to.throw(RangeError, "key");
        }
        for (const length of [0, 8, 11, 13, 16]) {
          expect(() => cipher.seal(key, new Uint8Array(length), data, text)).to.throw(RangeError, "nonce");
          expect(() => cipher.open(key, new Uint8Array(length), data, text)).to.throw(RangeError, "nonce");
        }
      });

      it("seals and opens in place, whatever the size, and leaves no plaintext where the tag is wrong", () => {
        for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
          const plaintext = Uint8Array.from({ length }, (_, at) => at);
          const place = concat(plaintext, new Uint8Array(16));
          cipher.sealInto({ key, nonce, data }, place.subarray(0, length), place);
          expect(Buffer.compare(place, cipher.seal(key, nonce, data, plaintext)), `${length}`).to.equal(0);
          const altered = place.with(place.length - 1, (place[place.length - 1] as number) ^ 1);
          expect(cipher.openInto({ key, nonce, data }, altered, altered.subarray(0, length))).to.equal(false);
          expect(altered.subarray(0, length).every((byte) => byte === 0)).to.equal(true);
          expect(cipher.openInto({ key, nonce, data }, place, place.subarray(0, length))).to.equal(true);
          expect(Buffer.compare(place.subarray(0, length), plaintext), `${length}`).to.equal(0);
        }
      });

      it("measures where it is to write", () => {
        const sealed = cipher.seal(key, nonce, data, text);
        for (const off of [-1, 1]) {
          const target = new Uint8Array(text.length + off);
          expect(() => cipher.openInto({ key, nonce, data }, sealed, target)).to.throw(RangeError, "target");
          const larger = new Uint8Array(sealed.length + off);
          expect(() => cipher.sealInto({ key, nonce, data }, text, larger)).to.throw(RangeError, "target");
        }
      });

      it("gives plain arrays of its own, which share nothing with what it was given", () => {
        const plaintext = Uint8Array.from(text);
        const sealed = cipher.seal(key, nonce, data, plaintext);
        plaintext.fill(0);
        const opened = cipher.open(key, nonce, data, sealed);
        sealed.fill(0);
        expect(opened).to.deep.equal(text);
        expect([sealed, opened].some((bytes) => Buffer.isBuffer(bytes))).to.equal(false);
      });
    });
  }
});
