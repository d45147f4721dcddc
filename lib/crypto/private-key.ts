/** Private keys of 32 bytes (RFC 8410) as node:crypto has them. */

import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";

import { expectLength, type RandomSource } from "./bytes.ts";
import { systemRandom } from "./random.ts";

export type PrivateKeyType = "ed25519" | "x25519";

export interface PrivateKey {
  /** 32 bytes, owned by the caller. */
  readonly secret: Uint8Array;
  readonly key: KeyObject;
}

/** RFC 8410 §7: what stands before the 32 bytes in PKCS #8. */
const prefixes: Readonly<Record<PrivateKeyType, Uint8Array>> = {
  ed25519: Buffer.from("302e020100300506032b657004220420", "hex"),
  x25519: Buffer.from("302e020100300506032b656e04220420", "hex"),
};

/** @param secret - 32 bytes; copied */
export function importPrivateKey(type: PrivateKeyType, secret: Uint8Array): KeyObject {
  expectLength("secret", secret, 32);
  const der = Buffer.concat([prefixes[type], secret]);
  try {
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  } finally {
    der.fill(0);
  }
}

/**
 * A new key. From the machine's own source OpenSSL draws it, and has it at once: to take in one that is drawn here costs it
 * ten times as much.
 * @param random - asked for 32 bytes where it is another source
 */
export function drawPrivateKey(type: PrivateKeyType, random: RandomSource): PrivateKey {
  if (random !== systemRandom) {
    const secret = random(32);
    return { secret, key: importPrivateKey(type, secret) };
  }
  const { privateKey: key } = type === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("x25519");
  const der = key.export({ format: "der", type: "pkcs8" });
  const secret = Uint8Array.from(der.subarray(prefixes[type].length));
  der.fill(0);
  expectLength("secret", secret, 32);
  return { secret, key };
}
