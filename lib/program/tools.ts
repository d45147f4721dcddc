/**
 * What a program may be given beyond its record and `emit`, as its author sees it: nothing but what its `needs` name
 * and the policy grants. Bytes go in as a `Uint8Array` or as a string, which stands for its UTF-8, and are copied.
 */

import type { Capability, KeyType } from "../data/capabilities.ts";

/** A `Uint8Array`, or a well-formed string for its UTF-8; at most 4 MiB. */
export type BytesIn = Uint8Array | string;

/**
 * A key: its name in the policy, or the handle of one that the program made. A handle is a number without meaning
 * elsewhere, and dies with the record, or the key's reduce, in which it was made. No function gives a secret key.
 */
export type KeyReference = number | string;

/**
 * Cryptography, modelled on PSA Crypto 1.2: keys are named, have one type, and do what that type is for.
 * Every function throws a `TypeError` when it is given another type of key or what is too large.
 */
export interface CryptoTools {
  /** FIPS 180-4. @returns 32 or 64 bytes */
  hash(algorithm: "sha256" | "sha512", data: BytesIn): Uint8Array;
  /** HMAC-SHA-256 (RFC 2104). @param key - hmac-sha256 @returns 32 bytes */
  hmac(key: KeyReference, data: BytesIn): Uint8Array;
  /** HKDF-SHA-256 without a salt (RFC 5869). @param key - hkdf-sha256 @param length - at most 8160 bytes */
  hkdf(key: KeyReference, info: BytesIn, length: number): Uint8Array;
  /** Another key out of `key`, of 32 bytes; none that {@link hkdf} could give. @param key - hkdf-sha256 */
  deriveKey(key: KeyReference, info: BytesIn, type: KeyType): number;
  /** A new key, the same on every re-execution. */
  generateKey(type: KeyType): number;
  /** A key of bytes that the program has. @param bytes - 32; for hmac-sha256 and hkdf-sha256 1 to 1024 */
  importKey(type: KeyType, bytes: BytesIn): number;
  /** The public half. @param key - ed25519 or x25519 @returns 32 bytes */
  publicKey(key: KeyReference): Uint8Array;
  /** AES-256-GCM-SIV (RFC 8452). @returns a nonce of 12 bytes, and the sealed text, which is 16 longer */
  seal(key: KeyReference, plaintext: BytesIn, associated?: BytesIn): Uint8Array;
  /** @returns the plaintext; undefined when it is not what this key sealed with `associated` */
  open(key: KeyReference, sealed: BytesIn, associated?: BytesIn): Uint8Array | undefined;
  /** Ed25519 (RFC 8032). @returns 64 bytes */
  sign(key: KeyReference, data: BytesIn): Uint8Array;
  /** @param key - a key, or the 32 bytes of a public one */
  verify(key: KeyReference | Uint8Array, data: BytesIn, signature: BytesIn): boolean;
  /** X25519 (RFC 7748). @param peer - a key, or the 32 bytes of a public one @returns a key of type hkdf-sha256 */
  ecdh(key: KeyReference, peer: KeyReference | Uint8Array): number;
}

/** Numbers that are summed over the whole job and released with the result: for what is not a result. */
export interface CounterTools {
  /**
   * What a skipped record adds does not count.
   * @param name - one of the policy's counters
   * @param by - a whole number from 0 on; 1 if left out
   * @throws {TypeError} when the policy has no such counter, or `by` is not such a number
   */
  add(name: string, by?: number): void;
}

/** What is left of the policy's upper bound; nothing here can widen it. */
export interface NarrowingRequest {
  /** The only parties that still receive anything. */
  readonly receivers?: readonly string[];
  /** The only outputs that are still made. */
  readonly outputs?: readonly string[];
  /** Thresholds of outputs, where they are higher than the policy's. */
  readonly thresholds?: readonly {
    readonly output: string;
    readonly minValues: number;
    readonly minOwners: number;
  }[];
}

interface Members {
  readonly crypto: CryptoTools;
  /** @returns `length` bytes, at most 65536, of a stream that is the same on every re-execution. */
  readonly random: (length: number) => Uint8Array;
  /** @returns Unix seconds: when the job was opened, to the minute; the same in all its sandboxes. */
  readonly clock: () => number;
  readonly counters: CounterTools;
}

interface Query {
  /** @returns the policy in force; a copy. */
  query(): unknown;
}

interface Narrow {
  /** In a reduce or finish only. What several ask is joined: only what all leave is left. */
  narrow(narrowing: NarrowingRequest): void;
}

/** The tools for these needs. */
export type Tools<Needs extends Capability = Capability> = Pick<Members, Extract<Needs, keyof Members>> &
  ("policy.query" extends Needs ? { readonly policy: Query } : unknown) &
  ("policy.narrow" extends Needs ? { readonly policy: Narrow } : unknown);

export type { Capability, KeyType };
