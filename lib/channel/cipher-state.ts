/** The CipherState object of the Noise Protocol Framework, revision 34, §5.1, over the cipher functions of §12. */

import { type Aead, aesGcm, chaChaPoly, keyLength, nonceLength } from "../crypto/aead.ts";

/** Cipher functions by their names in §12.3 and §12.4. */
export type CipherName = "AESGCM" | "ChaChaPoly";

/** Bytes of the longest Noise message, §3. */
export const messageLimit = 65535;

interface CipherFunction {
  readonly aead: Aead;
  readonly littleEndian: boolean; // how the nonce stands behind its 32 zero bits
}

const cipherFunctions: Readonly<Record<CipherName, CipherFunction>> = {
  AESGCM: { aead: aesGcm, littleEndian: false },
  ChaChaPoly: { aead: chaChaPoly, littleEndian: true },
};

const maxNonce = 2n ** 64n - 1n; // §5.1: reserved, §4.2: used by REKEY
const empty = new Uint8Array(0);

/** One key and the number of messages under it. A `CipherState` always has a key: `HasKey()` is whether there is one. */
export class CipherState {
  readonly #name: CipherName;
  readonly #cipher: CipherFunction;
  #key: Uint8Array;
  #nonce: bigint;

  /** @param key - 32 bytes, kept and wiped by {@link CipherState.destroy} */
  constructor(cipher: CipherName, key: Uint8Array, nonce = 0n) {
    this.#name = cipher;
    this.#cipher = cipherFunctions[cipher];
    this.#key = key;
    this.#nonce = nonce;
  }

  /** The nonce that the next message has. */
  get nonce(): bigint {
    return this.#nonce;
  }

  /** `SetNonce`. @throws {RangeError} unless it fits in 64 bits */
  setNonce(nonce: bigint): void {
    if (nonce < 0n || nonce > maxNonce) throw new RangeError(`"nonce" expected 64 bits, got ${nonce}`);
    this.#nonce = nonce;
  }

  /**
   * @returns the ciphertext, 16 bytes longer than `plaintext`
   * @throws {RangeError} when 2^64 - 1 messages have been sent
   */
  encryptWithAd(data: Uint8Array, plaintext: Uint8Array): Uint8Array {
    this.#expectNonce();
    const sealed = this.#cipher.aead.seal(this.#key, this.#encodeNonce(this.#nonce), data, plaintext);
    this.#nonce += 1n;
    return sealed;
  }

  /**
   * @returns the plaintext; or `undefined`, and nothing is changed, when `ciphertext` is not the next message
   * @throws {RangeError} when 2^64 - 1 messages have been received
   */
  decryptWithAd(data: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined {
    this.#expectNonce();
    const plaintext = this.#cipher.aead.open(this.#key, this.#encodeNonce(this.#nonce), data, ciphertext);
    if (plaintext !== undefined) this.#nonce += 1n; // §5.1: on failure n is not incremented
    return plaintext;
  }

  /** `Rekey`, §4.2 and §11.3: the nonce goes on counting. */
  rekey(): void {
    const sealed = this.#cipher.aead.seal(this.#key, this.#encodeNonce(maxNonce), empty, new Uint8Array(keyLength));
    this.#key.fill(0);
    this.#key = sealed.subarray(0, keyLength);
  }

  /** @returns a copy that shares nothing with this one. */
  clone(): CipherState {
    return new CipherState(this.#name, Uint8Array.from(this.#key), this.#nonce);
  }

  /** Overwrites the key. Every later use throws. */
  destroy(): void {
    this.#key.fill(0);
    this.#key = empty;
  }

  #expectNonce(): void {
    if (this.#nonce === maxNonce) throw new RangeError("expected a channel with nonces left: start a new one");
  }

  #encodeNonce(nonce: bigint): Uint8Array {
    const bytes = new Uint8Array(nonceLength);
    new DataView(bytes.buffer).setBigUint64(4, nonce, this.#cipher.littleEndian);
    return bytes;
  }
}
