/** SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF (RFC 5869). Bulk hashing is node:crypto's, HKDF is noble's. */

import { createHash, createHmac } from "node:crypto";

import { hkdf as nobleHkdf } from "@noble/hashes/hkdf.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";

import { type Bytes, expectLength } from "./bytes.ts";

/** 32 bytes of SHA-256. */
export type Digest = Bytes<"Digest">;

/** @throws {RangeError} unless `bytes` is 32 long. */
export function digest(bytes: Uint8Array): Digest {
  expectLength("digest", bytes, 32);
  return bytes as Digest;
}

/** @returns the SHA-256 of `parts` one after the other. */
export function sha256(...parts: readonly Uint8Array[]): Digest {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return digest(Uint8Array.from(hash.digest()));
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
  return nobleHkdf(nobleSha256, secret, salt, info, length);
}
