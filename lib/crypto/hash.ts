/** SHA-256 and SHA-512 (FIPS 180-4), BLAKE2 (RFC 7693), HMAC (RFC 2104) and HKDF (RFC 5869), on node:crypto. */

import { createHash, createHmac } from "node:crypto";

import { type Bytes, expectLength } from "./bytes.ts";

/** 32 bytes of SHA-256. */
export type Digest = Bytes<"Digest">;

const digestBytes = 32;

/** @throws {RangeError} unless `bytes` is 32 long. */
export function digest(bytes: Uint8Array): Digest {
  expectLength("digest", bytes, 32);
  return bytes as Digest;
}

/** @returns the SHA-256 of `parts` one after the other. */
export function sha256(...parts: readonly Uint8Array[]): Digest {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return digest(new Uint8Array(hash.digest()));
}

/** HMAC-SHA-256, RFC 2104. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Digest {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return digest(Uint8Array.from(mac.digest()));
}

/**
 * HKDF-SHA-256, RFC 5869 §2, extract then expand.
 * @param info - a labelled context
 * @param length - bytes wanted, at most 8160
 */
export function hkdf(secret: Uint8Array, info: Uint8Array, length = 32, salt?: Uint8Array): Uint8Array {
  if (!Number.isSafeInteger(length) || length < 0 || length > 255 * digestBytes) {
    throw new RangeError(`"length" expected at most ${255 * digestBytes}, got ${length}`);
  }
  const extracted = hmacSha256(salt ?? new Uint8Array(digestBytes), secret);
  const expanded = new Uint8Array(Math.ceil(length / digestBytes) * digestBytes);
  let block: Uint8Array = new Uint8Array();
  for (let at = 0; at < length; at += digestBytes) {
    block = hmacSha256(extracted, block, info, Uint8Array.of(at / digestBytes + 1));
    expanded.set(block, at);
  }
  extracted.fill(0);
  return expanded.length === length ? expanded : expanded.slice(0, length);
}

/** A hash function under its name in Noise, with the HMAC made of it. */
export interface HashFunction {
  /** Bytes of every result. */
  readonly length: 32 | 64;
  hash(...parts: readonly Uint8Array[]): Uint8Array;
  hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
}

/** Names of {@link hashFunctions}, spelt as in Noise revision 34 §12. */
export type HashName = "SHA256" | "SHA512" | "BLAKE2s" | "BLAKE2b";

/** The hash functions of Noise. sealfold itself speaks SHA256; the others are there for whoever speaks to others. */
export const hashFunctions: Readonly<Record<HashName, HashFunction>> = {
  SHA256: { length: 32, hash: sha256, hmac: hmacSha256 },
  SHA512: nodeHash("sha512", 64),
  BLAKE2s: nodeHash("blake2s256", 32),
  BLAKE2b: nodeHash("blake2b512", 64),
};

function nodeHash(name: string, length: 32 | 64): HashFunction {
  return {
    length,
    hash(...parts) {
      const hash = createHash(name);
      for (const part of parts) hash.update(part);
      return Uint8Array.from(hash.digest());
    },
    hmac(key, ...parts) {
      const mac = createHmac(name, key);
      for (const part of parts) mac.update(part);
      return Uint8Array.from(mac.digest());
    },
  };
}
