/**
 * Keys that are used by handle and never read, after PSA Crypto 1.2: each has one type, and each type one use. Plain
 * JavaScript, so that it runs in a realm of its own, beside a program that must not reach it.
 */

import { ed25519, gcmsiv, hkdf, hmac, sha256, sha512, x25519 } from "../crypto/plain.ts";
import { type KeyType, keyTypes } from "../data/capabilities.ts";
import { type KeyFaultName, KeyFault } from "./key-fault.ts";
import { maxDerived, maxInput, maxKeyLength, maxKeys, maxRandom } from "./key-limits.ts";
import { SeededStream } from "./seeded-stream.ts";

const nonceLength = 12;

/** A key that is there from the beginning. */
export interface NamedKey {
  readonly name: string;
  readonly type: KeyType;
  /** 32 bytes; the public half where {@link isPublic}. */
  readonly bytes: Uint8Array;
  readonly isPublic: boolean;
}

/** The name of a key, or the handle of one that was made. */
export type KeyReference = number | string;

interface Entry {
  readonly type: KeyType;
  readonly bytes: Uint8Array;
  readonly isPublic: boolean;
  /** HMAC with the key in it, for the data of each call: a third of the work is done once. */
  mac?: ReturnType<typeof hmac.create>;
}

/** All functions take bytes as they are and give new ones. They throw a {@link KeyFault}, and nothing else. */
export class KeyStore {
  readonly #named = new Map<string, Entry>();
  readonly #made = new Map<number, Entry>();
  readonly #stream: SeededStream;

  /**
   * @param seed - 32 bytes, from which nonces, handles and new keys are drawn: the same for the same calls; not kept
   * @param keys - copied
   */
  constructor(seed: Uint8Array, keys: readonly NamedKey[]) {
    this.#stream = new SeededStream(seed);
    for (const key of keys) this.add(key);
  }

  /** Adds a key under its name. @param key - its bytes are copied */
  add({ name, type, bytes, isPublic }: NamedKey): void {
    expectKeyLength(type, bytes);
    this.#named.set(name, { type, bytes: Uint8Array.from(bytes), isPublic });
  }

  /** FIPS 180-4. */
  hash(algorithm: string, data: Uint8Array): Uint8Array {
    expectInput(data);
    if (algorithm === "sha256") return sha256(data);
    return algorithm === "sha512" ? sha512(data) : refuse("data");
  }

  /** RFC 2104 with SHA-256. @returns 32 bytes */
  hmac(key: KeyReference, data: Uint8Array): Uint8Array {
    expectInput(data);
    const entry = this.#usable(key, "hmac-sha256");
    entry.mac ??= hmac.create(sha256, entry.bytes);
    return entry.mac.clone().update(data).digest();
  }

  /** RFC 5869 with SHA-256, without a salt. @param length - 1 to {@link maxDerived} */
  hkdf(key: KeyReference, info: Uint8Array, length: number): Uint8Array {
    expectInput(info);
    expectLength(length, maxDerived);
    return hkdf(sha256, this.#secret(key, "hkdf-sha256"), undefined, info, length);
  }

  /** As {@link hkdf}, with a salt that it never has, so that no key is among what it gives. @returns a handle */
  deriveKey(key: KeyReference, info: Uint8Array, type: string): number {
    expectInput(info);
    const known = expectType(type);
    return this.#keep(known, hkdf(sha256, this.#secret(key, "hkdf-sha256"), saltFor(known), info, 32));
  }

  /** @returns a handle */
  generateKey(type: string): number {
    const known = expectType(type);
    this.#expectRoom();
    return this.#keep(known, this.#stream.bytes(32));
  }

  /** @param bytes - of a secret key; copied @returns a handle */
  importKey(type: string, bytes: Uint8Array): number {
    const known = expectType(type);
    expectKeyLength(known, bytes);
    return this.#keep(known, Uint8Array.from(bytes));
  }

  /** The public half of an ed25519 or x25519 key. */
  publicKey(key: KeyReference): Uint8Array {
    const { type, bytes, isPublic } = this.#find(key);
    if (type !== "ed25519" && type !== "x25519") return refuse("use");
    if (isPublic) return Uint8Array.from(bytes);
    return type === "ed25519" ? ed25519.getPublicKey(bytes) : x25519.getPublicKey(bytes);
  }

  /** RFC 8452. @returns a nonce of 12 bytes from the stream, the ciphertext and a tag of 16 */
  seal(key: KeyReference, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
    expectInput(plaintext);
    expectInput(associated);
    const secret = this.#secret(key, "aes-256-gcm-siv");
    const nonce = this.#stream.bytes(nonceLength);
    const ciphertext = gcmsiv(secret, nonce, associated).encrypt(plaintext);
    const sealed = new Uint8Array(nonceLength + ciphertext.length);
    sealed.set(nonce);
    sealed.set(ciphertext, nonceLength);
    return sealed;
  }

  /** @returns the plaintext; undefined when `sealed` is not what {@link seal} gives with this key and `associated` */
  open(key: KeyReference, sealed: Uint8Array, associated: Uint8Array): Uint8Array | undefined {
    expectInput(sealed, maxInput + nonceLength + 16);
    expectInput(associated);
    const secret = this.#secret(key, "aes-256-gcm-siv");
    if (sealed.length < nonceLength + 16) return undefined;
    try {
      return gcmsiv(secret, sealed.subarray(0, nonceLength), associated).decrypt(sealed.subarray(nonceLength));
    } catch {
      return undefined; // its way to say that the tag is wrong
    }
  }

  /** RFC 8032 §5.1.6. @returns 64 bytes */
  sign(key: KeyReference, data: Uint8Array): Uint8Array {
    expectInput(data);
    return ed25519.sign(data, this.#secret(key, "ed25519"));
  }

  /** RFC 8032 §5.1.7, strictly: canonical encodings only, no keys of small order. @param key - one, or a public one's bytes */
  verify(key: KeyReference | Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
    expectInput(data);
    const publicKey = this.#public(key, "ed25519");
    if (signature.length !== 64) return false;
    try {
      return ed25519.verify(signature, data, publicKey, { zip215: false });
    } catch {
      return false; // what cannot be a signature
    }
  }

  /** RFC 7748 §6.1. @param peer - a key, or a public one's bytes @returns the handle of an hkdf-sha256 key */
  ecdh(key: KeyReference, peer: KeyReference | Uint8Array): number {
    const secret = this.#secret(key, "x25519");
    const publicKey = this.#public(peer, "x25519");
    let shared: Uint8Array;
    try {
      shared = x25519.getSharedSecret(secret, publicKey);
    } catch {
      return refuse("data"); // a point of small order
    }
    return this.#keep("hkdf-sha256", shared);
  }

  /** @param length - 0 to {@link maxRandom} @returns bytes of the stream */
  random(length: number): Uint8Array {
    expectLength(length, maxRandom, 0);
    return this.#stream.bytes(length);
  }

  /** Wipes one key that was made. */
  destroyKey(handle: number): void {
    const entry = this.#made.get(handle) ?? refuse("unknown");
    wipe(entry);
    this.#made.delete(handle);
  }

  /** Wipes all keys that were made: their handles mean nothing any more. */
  forget(): void {
    for (const entry of this.#made.values()) wipe(entry);
    this.#made.clear();
  }

  /** Wipes everything: what is called later finds no key. */
  destroy(): void {
    this.forget();
    for (const entry of this.#named.values()) wipe(entry);
    this.#named.clear();
    this.#stream.destroy();
  }

  /** A handle is drawn, so that one of another store's is none of this one's. */
  #keep(type: KeyType, bytes: Uint8Array): number {
    this.#expectRoom();
    let handle = 0;
    while (handle === 0 || this.#made.has(handle)) {
      const [a = 0, b = 0, c = 0, d = 0] = this.#stream.bytes(4);
      handle = ((a << 24) | (b << 16) | (c << 8) | d) >>> 1;
    }
    this.#made.set(handle, { type, bytes, isPublic: false });
    return handle;
  }

  #expectRoom(): void {
    if (this.#made.size >= maxKeys) refuse("full");
  }

  #find(key: KeyReference): Entry {
    const found = typeof key === "string" ? this.#named.get(key) : this.#made.get(key);
    return found ?? refuse("unknown");
  }

  #usable(key: KeyReference, type: KeyType): Entry {
    const entry = this.#find(key);
    return entry.type === type && !entry.isPublic ? entry : refuse("use");
  }

  #secret(key: KeyReference, type: KeyType): Uint8Array {
    return this.#usable(key, type).bytes;
  }

  #public(key: KeyReference | Uint8Array, type: KeyType): Uint8Array {
    if (typeof key === "object") return key.length === 32 ? key : refuse("size");
    return this.#find(key).type === type ? this.publicKey(key) : refuse("use");
  }
}

function wipe({ bytes, mac }: Entry): void {
  bytes.fill(0);
  mac?.destroy();
}

function refuse(fault: KeyFaultName): never {
  throw new KeyFault(fault);
}

function expectInput(bytes: Uint8Array, most = maxInput): void {
  if (bytes.length > most) refuse("size");
}

function expectLength(length: number, most: number, least = 1): void {
  if (!Number.isInteger(length) || length < least || length > most) refuse("size");
}

function expectType(type: string): KeyType {
  return keyTypes.find((known) => known === type) ?? refuse("data");
}

function expectKeyLength(type: KeyType, { length }: Uint8Array): void {
  const isAny = type === "hmac-sha256" || type === "hkdf-sha256";
  if (isAny ? length < 1 || length > maxKeyLength : length !== 32) refuse("size");
}

/** ASCII. */
function saltFor(type: KeyType): Uint8Array {
  return Uint8Array.from(`sealfold/1 deriveKey ${type}`, (unit) => unit.charCodeAt(0));
}
