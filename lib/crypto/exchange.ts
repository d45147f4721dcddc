/**
 * X25519 (RFC 7748) through node:crypto, eight to fourteen times faster than @noble/curves and equal to it byte for byte
 * (`test/crypto/exchange.test.ts` holds that).
 */

import { createPublicKey, diffieHellman as nodeDiffieHellman } from "node:crypto";

import { type Bytes, expectLength, type RandomSource, toBase64url } from "./bytes.ts";
import { importPrivateKey } from "./private-key.ts";
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

/** The code that multiplies points by a secret, both of 32 bytes. It may throw where the product is zero. */
export type ExchangeEngine = (secret: Uint8Array) => (point: Uint8Array) => Uint8Array;

/** An X25519 key pair whose private half never leaves this object except through {@link ExchangeKey.exportSecret}. */
export class ExchangeKey {
  readonly #secret: Uint8Array;
  #multiply: ReturnType<ExchangeEngine> | undefined;
  readonly publicKey: ExchangePublicKey;

  private constructor(secret: Uint8Array, multiply: ReturnType<ExchangeEngine>) {
    this.#secret = secret;
    this.#multiply = multiply;
    this.publicKey = exchangePublicKey(multiply(basePoint));
  }

  /** @param random - what it gives is kept, and wiped by {@link ExchangeKey.destroy} */
  static generate(random: RandomSource = systemRandom): ExchangeKey {
    const secret = random(32);
    return new ExchangeKey(secret, nodeEngine(secret));
  }

  /** @param secret - 32 bytes, clamped when used (RFC 7748 §5); copied */
  static fromSecret(secret: Uint8Array, engine: ExchangeEngine = nodeEngine): ExchangeKey {
    expectLength("secret", secret, 32);
    return new ExchangeKey(Uint8Array.from(secret), engine(secret));
  }

  /**
   * RFC 7748 §6.1.
   * @returns 32 bytes, owned by the caller
   * @throws {RangeError} when the shared secret is all zero: the other side sent a point of small order
   * @throws {TypeError} after {@link ExchangeKey.destroy}
   */
  diffieHellman(remote: ExchangePublicKey): SharedSecret {
    const multiply = this.#expectAlive();
    expectLength("remote", remote, 32);
    let secret: Uint8Array;
    try {
      secret = multiply(remote);
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
    this.#multiply = undefined;
    this.#secret.fill(0);
  }

  #expectAlive(): ReturnType<ExchangeEngine> {
    if (this.#multiply !== undefined) return this.#multiply;
    throw new TypeError("expected an exchange key that is not destroyed"); // never the zero key
  }
}

function nodeEngine(secret: Uint8Array): ReturnType<ExchangeEngine> {
  const privateKey = importPrivateKey("x25519", secret);
  return (point) => {
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "X25519", x: toBase64url(point) }, format: "jwk" });
    return Uint8Array.from(nodeDiffieHellman({ privateKey, publicKey }));
  };
}

const basePoint = Uint8Array.of(9, ...new Uint8Array(31)); // RFC 7748 §4.1
