import { expect } from "chai";

import { type CipherName, CipherState } from "../../lib/channel/cipher-state.ts";
import { aesGcm, chaChaPoly } from "../../lib/crypto/aead.ts";
import { fromHex, utf8 } from "../../lib/crypto/bytes.ts";

const last = 2n ** 64n - 2n; // the last nonce that a message may have
const data = utf8("data");
const text = utf8("text");
const key = (): Uint8Array => new Uint8Array(32).fill(7);

for (const name of ["AESGCM", "ChaChaPoly"] satisfies CipherName[]) {
  describe(`channel/cipher-state with ${name}`, () => {
    const aead = name === "AESGCM" ? aesGcm : chaChaPoly;

    it("puts the nonce behind 32 zero bits, in the byte order of its cipher", () => {
      const nonce = fromHex(name === "AESGCM" ? "000000000102030405060708" : "000000000807060504030201");
      const state = new CipherState(name, key(), 0x0102030405060708n);
      expect(state.encryptWithAd(data, text)).to.deep.equal(aead.seal(key(), nonce, data, text));
    });

    it("sends and receives under the last nonce, and no more", () => {
      const [sender, receiver] = [new CipherState(name, key(), last), new CipherState(name, key(), last)];
      const sealed = sender.encryptWithAd(data, text);
      expect(receiver.decryptWithAd(data, sealed)).to.deep.equal(text);
      for (let again = 0; again < 2; again++) {
        expect(() => sender.encryptWithAd(data, text)).to.throw(RangeError, "nonces");
        expect(() => receiver.decryptWithAd(data, sealed)).to.throw(RangeError, "nonces");
      }
      expect(sender.nonce).to.equal(last + 1n);
    });

    it("takes 64-bit nonces only", () => {
      const state = new CipherState(name, key());
      expect(() => state.setNonce(-1n)).to.throw(RangeError, "nonce");
      expect(() => state.setNonce(last + 2n)).to.throw(RangeError, "nonce");
      state.setNonce(last + 1n);
      expect(() => state.encryptWithAd(data, text)).to.throw(RangeError);
    });

    it("counts a message that opens, and none that does not", () => {
      const [sender, receiver] = [new CipherState(name, key()), new CipherState(name, key())];
      const sealed = sender.encryptWithAd(data, text);
      expect(receiver.decryptWithAd(text, sealed)).to.equal(undefined);
      expect(receiver.nonce).to.equal(0n);
      expect(receiver.decryptWithAd(data, sealed)).to.deep.equal(text);
      expect(receiver.nonce).to.equal(1n);
    });

    it("rekeys to the first 32 bytes that the reserved nonce gives for zeros", () => {
      const state = new CipherState(name, key(), 5n);
      state.rekey();
      const nonce = fromHex("00000000ffffffffffffffff");
      const next = aead.seal(key(), nonce, new Uint8Array(0), new Uint8Array(32)).slice(0, 32);
      const expected = new CipherState(name, next, 5n).encryptWithAd(data, text);
      expect(state.encryptWithAd(data, text)).to.deep.equal(expected);
    });

    it("copies everything, and shares nothing", () => {
      const state = new CipherState(name, key(), 3n);
      const copy = state.clone();
      const sealed = state.encryptWithAd(data, text);
      state.destroy();
      expect(copy.nonce).to.equal(3n);
      expect(copy.decryptWithAd(data, sealed)).to.deep.equal(text);
    });

    it("wipes the key that it was given, and throws afterwards", () => {
      const given = key();
      const state = new CipherState(name, given);
      state.destroy();
      expect(given).to.deep.equal(new Uint8Array(32));
      expect(() => state.encryptWithAd(data, text)).to.throw(RangeError, "32 bytes");
      expect(() => state.decryptWithAd(data, new Uint8Array(32))).to.throw(RangeError, "32 bytes");
      expect(() => state.rekey()).to.throw(RangeError, "32 bytes");
    });
  });
}
