/**
 * Ed25519 (RFC 8032) through node:crypto, ten times faster than @noble/curves and equal to it byte for byte
 * (`test/crypto/signature.test.ts` holds that). The checks that RFC 8032 leaves to the verifier are made here: OpenSSL
 * asks neither whether a key is canonical nor of which order it is. Its equation is the one without the cofactor, so that
 * what verifies is a part of what noble's strict mode takes.
 */

import { createPublicKey, sign, verify } from "node:crypto";

import { type Bytes, expectLength, fromBase64url, type RandomSource, toBase64url, toHex } from "./bytes.ts";
import { isPoint } from "./edwards-point.ts";
import { importPrivateKey } from "./private-key.ts";
import { systemRandom } from "./random.ts";

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
  if (isSmallOrder(bytes)) throw new RangeError('"verifyingKey" expected a key of large order');
  if (!isPoint(bytes)) throw new RangeError('"verifyingKey" expected a canonical Ed25519 point');
  return bytes as VerifyingKey;
}

/** @throws {RangeError} unless `bytes` is 64 long. */
export function signature(bytes: Uint8Array): Signature {
  expectLength("signature", bytes, 64);
  return bytes as Signature;
}

/** RFC 8032 §5.1.7, strictly: canonical encodings only, and no small-order keys. */
export function verifySignature(key: VerifyingKey, message: Uint8Array, signed: Signature): boolean {
  if (!isCanonical(key) || isSmallOrder(key)) return false;
  const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64url(key) };
  return verify(null, message, { key: jwk, format: "jwk" }, signed);
}

/**
 * A key that came together with a signature. What verifies under it can only be a point, so none is decoded here.
 * @param bytes - 32 that should be a key
 * @returns the key; undefined unless `signed` is its signature over `message`, so also where it is no key at all
 */
export function keyThatSigned(bytes: Uint8Array, message: Uint8Array, signed: Signature): VerifyingKey | undefined {
  expectLength("keyThatSigned", bytes, 32);
  const key = bytes as VerifyingKey; // canonical and of large order, or nothing verifies under it
  return verifySignature(key, message, signed) ? key : undefined;
}

/** Whether y is below 2²⁵⁵ − 19, the field's order. */
function isCanonical(point: Uint8Array): boolean {
  if (((point[31] ?? 0) & 0x7f) !== 0x7f || (point[0] ?? 0) < 0xed) return true;
  return point.subarray(1, 31).some((byte) => byte !== 0xff);
}

/** The y of the points of order 1, 2, 4 and 8, in hexadecimal as they lie in 32 bytes; with either sign of x. */
const smallOrders: ReadonlySet<string> = new Set([
  `01${"00".repeat(31)}`,
  `ec${"ff".repeat(30)}7f`,
  "00".repeat(32),
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  `ed${"ff".repeat(30)}7f`, // 0 and 1 once more, not canonically
  `ee${"ff".repeat(30)}7f`,
]);

function isSmallOrder(point: Uint8Array): boolean {
  const y = Uint8Array.from(point);
  y[31] = (y[31] ?? 0) & 0x7f;
  return smallOrders.has(toHex(y));
}

/** The code that signs: what it makes of a seed. */
export type SigningEngine = (seed: Uint8Array) => {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly signing: (message: Uint8Array) => Uint8Array;
};

/** An Ed25519 key pair whose private half never leaves this object except through {@link SigningKey.exportSeed}. */
export class SigningKey {
  readonly #seed: Uint8Array;
  #sign: ((message: Uint8Array) => Uint8Array) | undefined;
  readonly publicKey: VerifyingKey;

  private constructor(seed: Uint8Array, { publicKey, signing }: ReturnType<SigningEngine>) {
    this.#seed = seed;
    this.publicKey = publicKey as VerifyingKey; // fresh from a clamped scalar: never of small order
    this.#sign = signing;
  }

  /** @param random - what it gives is kept, and wiped by {@link SigningKey.destroy} */
  static generate(random: RandomSource = systemRandom): SigningKey {
    const seed = random(32);
    return new SigningKey(seed, nodeKey(seed));
  }

  /** @param seed - 32 bytes, RFC 8032 §5.1.5; copied */
  static fromSeed(seed: Uint8Array, engine: SigningEngine = nodeKey): SigningKey {
    expectLength("seed", seed, 32);
    return new SigningKey(Uint8Array.from(seed), engine(seed));
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
    return signature(this.#expectAlive()(message));
  }

  /** Overwrites the seed. Every later use of it throws. */
  destroy(): void {
    this.#sign = undefined;
    this.#seed.fill(0);
  }

  #expectAlive(): (message: Uint8Array) => Uint8Array {
    if (this.#sign !== undefined) return this.#sign;
    throw new TypeError("expected a signing key that is not destroyed"); // never the zero key
  }
}

function nodeKey(seed: Uint8Array): ReturnType<SigningEngine> {
  const key = importPrivateKey("ed25519", seed);
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  return { publicKey: fromBase64url(x, 32), signing: (message) => Uint8Array.from(sign(null, message, key)) };
}
