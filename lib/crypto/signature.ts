/** Ed25519 (RFC 8032) through @noble/curves, with the checks that RFC 8032 leaves to the verifier. */

import { ed25519 } from "@noble/curves/ed25519.js";

import { type Bytes, expectLength, type RandomSource } from "./bytes.ts";
import { systemRandom } from "./random.ts";

// A window of 4 makes a smaller table of the base point: the first key of a thread costs half, later signatures a third
// more; a sandbox makes one key and few signatures. The table itself is made when it is first used.
ed25519.Point.BASE.precompute(4);

/** An Ed25519 public key: 32 bytes that decode canonically to a point that is not of small order. */
export type VerifyingKey = Bytes<"VerifyingKey">;

/** 64 bytes of Ed25519 signature. */
export type Signature = Bytes<"Signature">;

/**
 * @throws {RangeError} unless `bytes` is 32 long and names a point outside the small subgroup: one signature under a
 * small-order key verifies for any message.
 */
export function verifyingKey(bytes: Uint8Array): VerifyingKey {
  expectLength("verifyingKey", bytes, 32);
  let smallOrder: boolean;
  try {
    smallOrder = ed25519.Point.fromBytes(bytes, false).isSmallOrder();
  } catch (cause) {
    throw new RangeError('"verifyingKey" expected a canonical Ed25519 point', { cause });
  }
  if (smallOrder) throw new RangeError('"verifyingKey" expected a key of large order');
  return bytes as VerifyingKey;
}

/** @throws {RangeError} unless `bytes` is 64 long. */
export function signature(bytes: Uint8Array): Signature {
  expectLength("signature", bytes, 64);
  return bytes as Signature;
}

/** RFC 8032 §5.1.7, strictly: canonical encodings only, and no small-order keys. */
export function verifySignature(key: VerifyingKey, message: Uint8Array, signed: Signature): boolean {
  try {
    return ed25519.verify(signed, message, key, { zip215: false });
  } catch {
    return false; // noble throws on encodings that cannot be a signature: to a verifier that is "no"
  }
}

/** An Ed25519 key pair whose private half never leaves this object except through {@link SigningKey.exportSeed}. */
export class SigningKey {
  readonly #seed: Uint8Array;
  #destroyed = false;
  readonly publicKey: VerifyingKey;

  private constructor(seed: Uint8Array) {
    expectLength("seed", seed, 32);
    this.#seed = seed;
    this.publicKey = ed25519.getPublicKey(seed) as VerifyingKey; // fresh from a clamped scalar: never of small order
  }

  /** @param random - what it gives is kept, and wiped by {@link SigningKey.destroy} */
  static generate(random: RandomSource = systemRandom): SigningKey {
    return new SigningKey(random(32));
  }

  /** @param seed - 32 bytes, RFC 8032 §5.1.5; copied */
  static fromSeed(seed: Uint8Array): SigningKey {
    return new SigningKey(Uint8Array.from(seed));
  }

  /** @returns a copy of the 32-byte seed, for whoever keeps the key in a file. */
  exportSeed(): Uint8Array {
    this.#expectAlive();
    return Uint8Array.from(this.#seed);
  }

  /**
   * @param message - a labelled context, so that a signature cannot be moved to another purpose
   * @throws {TypeError} after {@link SigningKey.destroy}
   */
  sign(message: Uint8Array): Signature {
    this.#expectAlive();
    return ed25519.sign(message, this.#seed) as Signature;
  }

  /** Overwrites the seed. Every later use of it throws. */
  destroy(): void {
    this.#destroyed = true;
    this.#seed.fill(0);
  }

  #expectAlive(): void {
    if (this.#destroyed) throw new TypeError("expected a signing key that is not destroyed"); // never the zero key
  }
}
