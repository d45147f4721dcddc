/** The capabilities of a module: the tools that the policy grants, in numbers. */

import { keyTypes, type KeyType } from "../../../data/capabilities.ts";
import type { KeyReference, NarrowingRequest, Tools } from "../../../program/tools.ts";
import { hashNames } from "../../../program/wasm/abi.ts";
import type { WasmInstance } from "./instance.ts";
import { refuse } from "./refusal.ts";

/** Those that a module was granted; a module imports no others. */
export type ProgramTools = Tools;

type Work = (a: number, b: number, c: number, d: number, e: number, f: number) => number | void;

/** Bytes of keys and of what is made of them. */
const publicKeyBytes = 32;
const signatureBytes = 64;
const sealedExtra = 28;

/** @returns the functions by their names in `sealfold/1` */
export function toolImports(instance: WasmInstance, tools: () => ProgramTools): Readonly<Record<string, Work>> {
  return { ...keyImports(instance, tools), ...dataImports(instance, tools) };
}

/** What is no cryptography. */
function dataImports(instance: WasmInstance, tools: () => ProgramTools): Readonly<Record<string, Work>> {
  const { read, text, write } = accessTo(instance);
  let policy: Uint8Array | undefined;
  return {
    random: (to, length) => {
      instance.memory.expect(to, length);
      write(to, tools().random(length >>> 0));
    },
    clock: () => tools().clock(),
    count: (at, length, by) => tools().counters.add(text(at, length), by),
    policy_query: (to, capacity) => {
      policy ??= Buffer.from(JSON.stringify(tools().policy.query()));
      if (policy.length <= capacity >>> 0) write(to, policy);
      return policy.length;
    },
    policy_narrow: (at, length) => tools().policy.narrow(json(read(at, length)) as NarrowingRequest),
  };
}

function keyImports(instance: WasmInstance, tools: () => ProgramTools): Readonly<Record<string, Work>> {
  const { read, text, write } = accessTo(instance);
  const names: string[] = [];
  /** A key that the program made is its handle; one that the policy names is below zero. */
  const key = (number: number): KeyReference =>
    number >= 0 ? number : (names[-1 - number] ?? refuse("there is no such key"));
  const handle = (name: string): number => {
    const known = names.indexOf(name);
    return -1 - (known === -1 ? names.push(name) - 1 : known);
  };
  return {
    crypto_hash: (kind, at, length, to) =>
      write(to, tools().crypto.hash(hashNames[kind] ?? refuse("there is no such hash"), read(at, length))),
    crypto_key: (at, length) => {
      const name = text(at, length);
      if (names.length >= maxNames && !names.includes(name)) refuse("there is no such key");
      return handle(name);
    },
    crypto_generate_key: (type) => tools().crypto.generateKey(typeOf(type)),
    crypto_import_key: (type, at, length) => tools().crypto.importKey(typeOf(type), read(at, length)),
    crypto_derive_key: (from, at, length, type) => tools().crypto.deriveKey(key(from), read(at, length), typeOf(type)),
    crypto_public_key: (of, to) => write(to, tools().crypto.publicKey(key(of))),
    crypto_hmac: (by, at, length, to) => write(to, tools().crypto.hmac(key(by), read(at, length))),
    crypto_hkdf: (by, at, length, to, bytes) => {
      instance.memory.expect(to, bytes);
      write(to, tools().crypto.hkdf(key(by), read(at, length), bytes >>> 0));
    },
    crypto_seal: (by, at, length, withAt, withLength, to) =>
      write(to, tools().crypto.seal(key(by), read(at, length), read(withAt, withLength))),
    crypto_open: (by, at, length, withAt, withLength, to) => {
      if (length >>> 0 >= sealedExtra) instance.memory.expect(to, (length >>> 0) - sealedExtra);
      const opened = tools().crypto.open(key(by), read(at, length), read(withAt, withLength));
      if (opened === undefined) return -1;
      write(to, opened);
      return opened.length;
    },
    crypto_sign: (by, at, length, to) => write(to, tools().crypto.sign(key(by), read(at, length))),
    crypto_verify: (publicAt, at, length, signatureAt) => {
      const signature = read(signatureAt, signatureBytes);
      return tools().crypto.verify(read(publicAt, publicKeyBytes), read(at, length), signature) ? 1 : 0;
    },
    crypto_ecdh: (by, publicAt) => tools().crypto.ecdh(key(by), read(publicAt, publicKeyBytes)),
  };
}

/** More keys no policy has. */
const maxNames = 64;

interface Access {
  read(at: number, length: number): Uint8Array;
  text(at: number, length: number): string;
  write(at: number, bytes: Uint8Array): void;
}

/** The instance's memory is made after its imports. */
function accessTo(instance: WasmInstance): Access {
  return {
    read: (at, length) => instance.memory.read(at, length),
    text: (at, length) => instance.memory.text(at, length),
    write: (at, bytes) => instance.memory.write(at, bytes),
  };
}

function typeOf(number: number): KeyType {
  return keyTypes[number] ?? refuse("there is no such type of key");
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    // What JSON.parse says quotes the text.
    return refuse("a narrowing is not JSON", "PROGRAM_VALUE");
  }
}
