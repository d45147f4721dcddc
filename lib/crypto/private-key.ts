/** Private keys of 32 bytes (RFC 8410) as node:crypto has them. */

import { createPrivateKey, type KeyObject } from "node:crypto";

import { expectLength } from "./bytes.ts";

export type PrivateKeyType = "ed25519" | "x25519";

/** RFC 8410 §7: what stands before the 32 bytes in PKCS #8. */
const prefixes: Readonly<Record<PrivateKeyType, Uint8Array>> = {
  ed25519: Buffer.from("302e020100300506032b657004220420", "hex"),
  x25519: Buffer.from("302e020100300506032b656e04220420", "hex"),
};

/**
 * New keys too are drawn as bytes and taken in here. `generateKeyPairSync` is ten times as fast on Node 20, and deadlocks:
 * its job's destructor waits for the key's mutex, which `export` holds when that runs the collector.
 * @param secret - 32 bytes; copied
 */
export function importPrivateKey(type: PrivateKeyType, secret: Uint8Array): KeyObject {
  expectLength("secret", secret, 32);
  const der = Buffer.concat([prefixes[type], secret]);
  try {
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  } finally {
    der.fill(0);
  }
}
