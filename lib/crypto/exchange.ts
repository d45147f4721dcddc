/**
 * X25519 (RFC 7748). Keys of record are @noble/curves'; the scalar multiplication may be node:crypto's, eight to
 * fourteen times faster and equal byte for byte (`test/crypto/exchange.test.ts` holds that).
 */

import { createPrivateKey, createPublicKey, diffieHellman as nodeDiffieHellman, type KeyObject } from "node:crypto";

import { x25519 } from "@noble/curves/ed25519.js";

import { type Bytes, expectLength, type RandomSource, toBase64url } from "./bytes.ts";
import { systemRandom } from "./random.ts";

/** An X25519 public key, 32 bytes. */
export type ExchangePublicKey = Bytes<"ExchangePublicKey">;

/** The 32-byte result of a Diffie-Hellman, never all zero. */
export type SharedSecret = Bytes<"SharedSecret">;

/** @throws {RangeError} unless `bytes` is 32 long. */
export function exchangePublicKey(bytes: Uint8Array): ExchangePublicKey {
  expectLength("exchangePublicKey", bytes, 32);
  return bytes as ExchangePublicKey;
}

/** Which code multiplies. Both give the same bytes. */
export type ExchangeEngine = "node" | "noble";

/** An X25519 key pair whose private half never leaves this object except through {@link ExchangeKey.exportSecret}. */
export class ExchangeKey {
  readonly #secret: Uint8Array;
  readonly #engine: ExchangeEngine;
  #imported: KeyObject | undefined;
  #destroyed = false;
  readonly publicKey: ExchangePublicKey;

  private constructor(secret: Uint8Array, engine: ExchangeEngine) {
    expectLength("secret", secret, 32);
    this.#secret = secret;
    this.#engine = engine;
    this.publicKey = exchangePublicKey(engine === "noble" ? x25519.getPublicKey(secret) : this.#multiply(basePoint));
  }

  /** @param random - what it gives is kept, and wiped by {@link ExchangeKey.destroy} */
  static generate(random: RandomSource = systemRandom, engine: ExchangeEngine = "node"): ExchangeKey {
    return new ExchangeKey(random(32), engine);
  }

  /** @param secret - 32 bytes, clamped when used (RFC 7748 §5); copied */
  static fromSecret(secret: Uint8Array, engine: ExchangeEngine = "node"): ExchangeKey {
    return new ExchangeKey(Uint8Array.from(secret), engine);
  }

  /**
   * RFC 7748 §6.1.
   * @returns 32 bytes, owned by the caller
   * @throws {RangeError} when the shared secret is all zero: the other side sent a point of small order
   * @throws {TypeError} after {@link ExchangeKey.destroy}
   */
  diffieHellman(remote: ExchangePublicKey): SharedSecret {
    this.#expectAlive();
    expectLength("remote", remote, 32);
    let secret: Uint8Array;
    try {
      secret = this.#engine === "noble" ? x25519.getSharedSecret(this.#secret, remote) : this.#multiply(remote);
    } catch (cause) {
      throw new RangeError('"remote" expected a point of large order', { cause });
    }
    if (secret.every((byte) => byte === 0)) throw new RangeError('"remote" expected a point of large order');
    return secret as SharedSecret;
  }

  /** @returns a copy of the 32-byte secret, for handing a partition key to its reducer. */
  exportSecret(): Uint8Array {
    this.#expectAlive();
    return Uint8Array.from(this.#secret);
  }

  /** Overwrites the secret. Every later use of it throws. */
  destroy(): void {
    this.#destroyed = true;
    this.#secret.fill(0);
    this.#imported = undefined;
  }

  #expectAlive(): void {
    if (this.#destroyed) throw new TypeError("expected an exchange key that is not destroyed"); // never the zero key
  }

  #multiply(point: Uint8Array): Uint8Array {
    this.#imported ??= createPrivateKey({ key: concatPkcs8(this.#secret), format: "der", type: "pkcs8" });
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "X25519", x: toBase64url(point) }, format: "jwk" });
    return Uint8Array.from(nodeDiffieHellman({ privateKey: this.#imported, publicKey }));
  }
}

const basePoint = Uint8Array.of(9, ...new Uint8Array(31)); // RFC 7748 §4.1
const pkcs8Prefix = Buffer.from("302e020100300506032b656e04220420", "hex"); // RFC 8410 §7, X25519

function concatPkcs8(secret: Uint8Array): Buffer {
  return Buffer.concat([pkcs8Prefix, secret]);
}
