/** The SymmetricState object of the Noise Protocol Framework, revision 34, §5.2. */

import { concat, utf8 } from "../crypto/bytes.ts";
import { keyLength } from "../crypto/aead.ts";
import { type HashFunction, hashFunctions, type HashName } from "../crypto/hash.ts";
import { type CipherName, CipherState } from "./cipher-state.ts";

/** What `Split` gives: a cipher state for each direction, and a secret from which other keys can be derived. */
export interface SplitKeys {
  readonly initiatorToResponder: CipherState;
  readonly responderToInitiator: CipherState;
  /** 32 bytes, the third output of the HKDF of `Split`: independent of both cipher keys. */
  readonly exporterSecret: Uint8Array;
}

const empty = new Uint8Array(0);

/** The chaining key, the transcript's hash, and the cipher once there is a key. */
export class SymmetricState {
  readonly #cipherName: CipherName;
  readonly #hash: HashFunction;
  #chainingKey: Uint8Array;
  #transcript: Uint8Array;
  #cipher: CipherState | undefined;

  private constructor(cipherName: CipherName, hash: HashFunction, transcript: Uint8Array) {
    this.#cipherName = cipherName;
    this.#hash = hash;
    this.#transcript = transcript;
    this.#chainingKey = Uint8Array.from(transcript);
  }

  /** `InitializeSymmetric` for `Noise_<pattern>_25519_<cipher>_<hash>`. */
  static initialize(pattern: string, cipher: CipherName, hashName: HashName): SymmetricState {
    const name = utf8(`Noise_${pattern}_25519_${cipher}_${hashName}`);
    const hash = hashFunctions[hashName];
    const start =
      name.length <= hash.length ? concat(name, new Uint8Array(hash.length - name.length)) : hash.hash(name);
    return new SymmetricState(cipher, hash, start);
  }

  mixKey(inputKeyMaterial: Uint8Array): void {
    const [chainingKey, key] = this.#hkdf(inputKeyMaterial);
    this.#chainingKey.fill(0);
    this.#chainingKey = chainingKey;
    this.#cipher?.destroy();
    this.#cipher = new CipherState(this.#cipherName, cipherKey(key));
  }

  mixHash(data: Uint8Array): void {
    this.#transcript = this.#hash.hash(this.#transcript, data);
  }

  /** `EncryptAndHash`: before the first `mixKey`, the plaintext as it is. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher?.encryptWithAd(this.#transcript, plaintext) ?? Uint8Array.from(plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /** `DecryptAndHash`. @returns `undefined`, and nothing is changed, when `ciphertext` is not authentic */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array | undefined {
    const plaintext =
      this.#cipher === undefined
        ? Uint8Array.from(ciphertext)
        : this.#cipher.decryptWithAd(this.#transcript, ciphertext);
    if (plaintext !== undefined) this.mixHash(ciphertext);
    return plaintext;
  }

  /** Bytes by which what is encrypted now grows. */
  get overhead(): 0 | 16 {
    return this.#cipher === undefined ? 0 : 16;
  }

  /** `GetHandshakeHash`: a copy. */
  get handshakeHash(): Uint8Array {
    return Uint8Array.from(this.#transcript);
  }

  split(): SplitKeys {
    const [first, second, third] = this.#hkdf(empty);
    return {
      initiatorToResponder: new CipherState(this.#cipherName, cipherKey(first)),
      responderToInitiator: new CipherState(this.#cipherName, cipherKey(second)),
      exporterSecret: cipherKey(third),
    };
  }

  /** @returns a copy that shares nothing with this one. */
  clone(): SymmetricState {
    const copy = new SymmetricState(this.#cipherName, this.#hash, Uint8Array.from(this.#transcript));
    copy.#chainingKey = Uint8Array.from(this.#chainingKey);
    copy.#cipher = this.#cipher?.clone();
    return copy;
  }

  /** Overwrites the secrets. */
  destroy(): void {
    this.#chainingKey.fill(0);
    this.#cipher?.destroy();
  }

  /** `HKDF(chaining_key, input_key_material, 3)`, §4.3. Its first two outputs are those of `HKDF(…, 2)`. */
  #hkdf(inputKeyMaterial: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] {
    const hmac = this.#hash.hmac;
    const temporary = hmac(this.#chainingKey, inputKeyMaterial);
    const first = hmac(temporary, Uint8Array.of(1));
    const second = hmac(temporary, first, Uint8Array.of(2));
    const third = hmac(temporary, second, Uint8Array.of(3));
    temporary.fill(0);
    return [first, second, third];
  }
}

/** §5.2: "If HASHLEN is 64, then truncates temp_k to 32 bytes." */
function cipherKey(output: Uint8Array): Uint8Array {
  return output.length === keyLength ? output : output.slice(0, keyLength);
}
