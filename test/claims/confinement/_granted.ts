/** Attacks by a program that was granted every tool, with keys and a seed that are known when they are seen. */

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { capabilities, keyTypes } from "../../../lib/data/capabilities.ts";
import type { ToolsGrant } from "../../../lib/sandbox/realm/program-realm.ts";
import type { Realm } from "../../../lib/sandbox/realm/realm.ts";
import { type Differences, grant, listing, openRealm, script } from "../../sandbox/realm/_realms.ts";
import { tools as attackerTools } from "./_attempts.ts";

/** Bytes that occur nowhere else. */
const secret = Uint8Array.from({ length: 32 }, (_, at) => 255 - at * 3);
const seed = Uint8Array.from({ length: 32 }, (_, at) => 128 + at * 3);

/** Every tool, and a key of each type under its type's name. */
export function grantOfAll(differences: Partial<ToolsGrant> = {}): ToolsGrant {
  const keys = keyTypes.map((type) => ({ name: type, type, bytes: secret, isPublic: false }));
  return grant({ capabilities, keys, seed, ...differences });
}

/** The source of `isSecret`, which knows four bytes in a row of a key or of the seed, in whatever they are. */
const knowing = `
  const isSecret = ((secrets, join, from) => (value) => {
    try {
      const text = typeof value === "string" ? from(value, (unit) => unit.charCodeAt(0)).join() : from(value).join();
      return secrets.some((part) => text.includes(part));
    } catch { return false; }
  })(${JSON.stringify([secret, seed].flatMap((bytes) => [bytes.subarray(0, 4), bytes.subarray(9, 13)].map(String)))}, 0, Array.from);`;

/** Opens a realm for a program with all needs. */
export function openGranted(map: string, reduce: string = listing, differences: Differences = {}): Realm {
  const needs = JSON.stringify(capabilities);
  return openRealm(script(map, reduce, `${attackerTools}${knowing}`, needs), { tools: grantOfAll(), ...differences });
}

/** @returns what `work`, an expression of `tools` and `line`, answers in a map of each line; what it throws by its name */
export function granted(work: string, lines = "x\n", differences: Differences = {}): unknown[] {
  const realm = openGranted(`(line, emit, tools) => emit("k", attempt(() => ${work}))`, listing, differences);
  realm.mapChunk(utf8(lines));
  let answers: unknown[] = [];
  realm.drain((_kind, _key, _values, state) => (answers = JSON.parse(state) as unknown[]));
  return answers;
}

/** Each function of the tools with arguments that it takes; `b` stands for bytes. */
export const uses: Readonly<Record<string, string>> = {
  hash: "tools.crypto.hash('sha256', b)",
  hmac: "tools.crypto.hmac('hmac-sha256', b)",
  hkdf: "tools.crypto.hkdf('hkdf-sha256', b, 40)",
  deriveKey: "tools.crypto.hmac(tools.crypto.deriveKey('hkdf-sha256', b, 'hmac-sha256'), b)",
  generateKey: "tools.crypto.publicKey(tools.crypto.generateKey('x25519'))",
  importKey: "tools.crypto.hmac(tools.crypto.importKey('hmac-sha256', b), b)",
  publicKey: "tools.crypto.publicKey('ed25519')",
  seal: "tools.crypto.seal('aes-256-gcm-siv', b, b)",
  open: "tools.crypto.open('aes-256-gcm-siv', tools.crypto.seal('aes-256-gcm-siv', b, b), b)",
  sign: "tools.crypto.sign('ed25519', b)",
  verify: "tools.crypto.verify('ed25519', b, tools.crypto.sign('ed25519', b))",
  ecdh: "tools.crypto.hkdf(tools.crypto.ecdh('x25519', tools.crypto.publicKey('x25519')), b, 32)",
  random: "tools.random(40)",
  clock: "tools.clock()",
  counters: "tools.counters.add('long', 3)",
  query: "tools.policy.query()",
};
