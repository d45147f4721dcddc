/** AES-256-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439) through node:crypto, 128-bit tags only. */

import { type CipherGCM, createCipheriv, createDecipheriv, type CipherGCMTypes, type DecipherGCM } from "node:crypto";

import { expectLength } from "./bytes.ts";
import { letGo, unwrittenBytes } from "./memory.ts";

export const tagLength = 16;
export const nonceLength = 12;
export const keyLength = 32;

/**
 * Bytes that go through OpenSSL at a time: it answers in a new buffer each, which is let go at once, so that the next one
 * has its memory. Larger ones leave the cache; of smaller ones the heap gives their memory back to the system each time.
 */
const pieceBytes = 128 * 1024;

/** What a message is sealed with: a key of 32 bytes, a nonce of 12 and associated data. */
export interface AeadParameters {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly data: Uint8Array;
}

/** One authenticated cipher. `seal` appends the 16-byte tag; `open` gives nothing unless the tag is right. */
export interface Aead {
  /** @returns `plaintext.length + 16` bytes, owned by the caller */
  seal(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** @returns the plaintext, or `undefined` when key, nonce, associated data or ciphertext are not those sealed */
  open(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /**
   * Seals into memory that is there already.
   * @param target - `plaintext.length + 16` bytes; the first of them may be `plaintext` itself
   */
  sealInto(parameters: AeadParameters, plaintext: Uint8Array, target: Uint8Array): void;
  /**
   * Opens into memory that is there already.
   * @param target - 16 bytes fewer than `sealed`, of which they may be the first
   * @returns whether that is the plaintext now; where it is not, `target` is zeros
   */
  openInto(parameters: AeadParameters, sealed: Uint8Array, target: Uint8Array): boolean;
}

export const aesGcm: Aead = nodeAead("aes-256-gcm");
export const chaChaPoly: Aead = nodeAead("chacha20-poly1305" as CipherGCMTypes);

function nodeAead(name: CipherGCMTypes): Aead {
  const sealInto: Aead["sealInto"] = ({ key, nonce, data }, plaintext, target) => {
    expectLength("key", key, keyLength);
    expectLength("nonce", nonce, nonceLength);
    expectLength("target", target, plaintext.length + tagLength);
    const cipher = createCipheriv(name, key, nonce, { authTagLength: tagLength });
    cipher.setAAD(data, { plaintextLength: plaintext.length });
    update(cipher, plaintext, target);
    cipher.final();
    target.set(cipher.getAuthTag(), plaintext.length);
  };
  const openInto: Aead["openInto"] = ({ key, nonce, data }, sealed, target) => {
    expectLength("key", key, keyLength);
    expectLength("nonce", nonce, nonceLength);
    if (sealed.length < tagLength) return false;
    const body = sealed.subarray(0, sealed.length - tagLength);
    expectLength("target", target, body.length);
    const decipher = createDecipheriv(name, key, nonce, { authTagLength: tagLength });
    decipher.setAAD(data, { plaintextLength: body.length });
    decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
    update(decipher, body, target);
    try {
      decipher.final();
      return true;
    } catch {
      target.fill(0); // update() hands out plaintext before the tag is checked
      return false;
    }
  };
  return {
    sealInto,
    openInto,
    seal: (key, nonce, data, plaintext) => {
      const sealed = unwrittenBytes(plaintext.length + tagLength);
      sealInto({ key, nonce, data }, plaintext, sealed);
      return sealed;
    },
    open: (key, nonce, data, sealed) => {
      const plaintext = unwrittenBytes(Math.max(0, sealed.length - tagLength));
      return openInto({ key, nonce, data }, sealed, plaintext) ? plaintext : undefined;
    },
  };
}

/** Each piece of `from` is read before it is written over, so that `to` may begin where `from` does. */
function update(cipher: CipherGCM | DecipherGCM, from: Uint8Array, to: Uint8Array): void {
  for (let at = 0; at < from.length; at += pieceBytes) {
    const piece = cipher.update(from.subarray(at, at + pieceBytes));
    to.set(piece, at);
    if (piece.length === pieceBytes && piece.buffer instanceof ArrayBuffer) letGo(piece.buffer);
  }
}
