/** AES-256-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439) through node:crypto, 128-bit tags only. */

import { createCipheriv, createDecipheriv, type CipherGCMTypes } from "node:crypto";

import { expectLength } from "./bytes.ts";

export const tagLength = 16;
export const nonceLength = 12;
export const keyLength = 32;

/** One authenticated cipher. `seal` appends the 16-byte tag; `open` gives nothing unless the tag is right. */
export interface Aead {
  /** @returns `plaintext.length + 16` bytes, owned by the caller */
  seal(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** @returns the plaintext, or `undefined` when key, nonce, associated data or ciphertext are not those sealed */
  open(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

export const aesGcm: Aead = nodeAead("aes-256-gcm");
export const chaChaPoly: Aead = nodeAead("chacha20-poly1305" as CipherGCMTypes);

function nodeAead(name: CipherGCMTypes): Aead {
  return {
    seal(key, nonce, data, plaintext) {
      expectLength("key", key, keyLength);
      expectLength("nonce", nonce, nonceLength);
      const cipher = createCipheriv(name, key, nonce, { authTagLength: tagLength });
      cipher.setAAD(data, { plaintextLength: plaintext.length });
      const sealed = new Uint8Array(plaintext.length + tagLength);
      sealed.set(cipher.update(plaintext));
      cipher.final();
      sealed.set(cipher.getAuthTag(), plaintext.length);
      return sealed;
    },
    open(key, nonce, data, sealed) {
      expectLength("key", key, keyLength);
      expectLength("nonce", nonce, nonceLength);
      if (sealed.length < tagLength) return undefined;
      const body = sealed.subarray(0, sealed.length - tagLength);
      const decipher = createDecipheriv(name, key, nonce, { authTagLength: tagLength });
      decipher.setAAD(data, { plaintextLength: body.length });
      decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
      const plaintext = decipher.update(body);
      try {
        decipher.final();
      } catch {
        plaintext.fill(0); // update() hands out plaintext before the tag is checked
        return undefined;
      }
      return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
    },
  };
}
