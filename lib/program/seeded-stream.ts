/** HMAC_DRBG with SHA-256 (NIST SP 800-90A Rev. 1, §10.1.2), never reseeded: one seed gives one stream of bytes. */

import { hmac, sha256 } from "../crypto/plain.ts";
import { maxRandom } from "./key-limits.ts";

const size = 32;

export class SeededStream {
  readonly #key = new Uint8Array(size);
  readonly #value = new Uint8Array(size).fill(1);

  /** @param seed - SP 800-90A's entropy input, nonce and personalization string, one after the other; not kept */
  constructor(seed: Uint8Array) {
    this.#update(seed);
  }

  /** @param length - at most {@link maxRandom}; what was given cannot be computed from what the stream keeps */
  bytes(length: number): Uint8Array {
    if (!(length >= 0 && length <= maxRandom)) throw new RangeError(`"length" expected 0 to ${maxRandom}`);
    const given = new Uint8Array(length);
    for (let from = 0; from < length; from += size) {
      this.#value.set(hmac(sha256, this.#key, this.#value));
      given.set(this.#value.subarray(0, length - from), from);
    }
    this.#update(new Uint8Array());
    return given;
  }

  /** Overwrites what the stream keeps: it must not be used any more. */
  destroy(): void {
    this.#key.fill(0);
    this.#value.fill(0);
  }

  /** HMAC_DRBG_Update, §10.1.2.2. */
  #update(provided: Uint8Array): void {
    for (const round of [0, 1]) {
      if (round === 1 && provided.length === 0) return;
      const mac = hmac.create(sha256, this.#key);
      this.#key.set(mac.update(this.#value).update(Uint8Array.of(round)).update(provided).digest());
      this.#value.set(hmac(sha256, this.#key, this.#value));
    }
  }
}
