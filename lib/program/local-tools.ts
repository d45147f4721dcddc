/**
 * The tools of a program that runs in this process, for whoever debugs or tests it: the same functions, with keys made
 * of nothing secret, and no policy that could refuse.
 */

import { SealfoldError } from "../errors.ts";
import { utf8OfText } from "./byte-text.ts";
import { KeyStore, type NamedKey } from "./key-store.ts";
import { readNeeds } from "./needs.ts";
import type { AnyDefinition } from "./program.ts";
import type { EngineTools } from "./toolbox.ts";
import type { KeyType } from "./tools.ts";
import { vaultCall } from "./vault-call.ts";
import { type Operation, operations, type VaultCall } from "./vault-operations.ts";

/** What a program's tools work on when there is no policy. */
export interface LocalTools {
  /** What `policy.query` answers: JSON data. */
  readonly policy?: unknown;
  /** Names of the counters. Any name is taken where they are left out. */
  readonly counters?: readonly string[] | undefined;
  /** A key of a name that is not among them is made of its name when it is first used. */
  readonly keys?: readonly NamedKey[] | undefined;
  /** Unix seconds; 0 if left out. */
  readonly clock?: number | undefined;
  /** From which all randomness is drawn: 32 bytes; zeros if left out. */
  readonly seed?: Uint8Array | undefined;
}

/**
 * @returns what an engine takes for this program: nothing where it needs nothing
 * @throws {SealfoldError} PROGRAM_EXPORT when its needs are no list of capabilities
 */
export function localTools(definition: AnyDefinition, given: LocalTools = {}): EngineTools | undefined {
  const needs = readNeeds(definition.needs);
  if (needs === undefined) throw new SealfoldError("PROGRAM_EXPORT", "needs is no list of capabilities");
  if (needs.length === 0) return undefined;
  const data = { policy: JSON.stringify(given.policy ?? {}), clock: given.clock ?? 0, counters: given.counters };
  return { needs: Array.from(needs), data, vault: localVault(given) };
}

/** The type of the key that an operation is given first. */
const firstKey: Partial<Record<Operation, KeyType>> = {
  hmac: "hmac-sha256",
  hkdf: "hkdf-sha256",
  deriveKey: "hkdf-sha256",
  publicKey: "ed25519",
  seal: "aes-256-gcm-siv",
  open: "aes-256-gcm-siv",
  sign: "ed25519",
  verify: "ed25519",
  ecdh: "x25519",
};
const typeOfFirst = new Map(
  Object.entries(firstKey).map(([name, type]) => [operations[name as Operation] as number, type]),
);

function localVault({ keys = [], seed = new Uint8Array(32) }: LocalTools): VaultCall {
  const store = new KeyStore(seed, keys);
  const known = new Set(keys.map(({ name }) => name));
  const expectKey = (name: unknown, type: KeyType | undefined): void => {
    if (typeof name !== "string" || type === undefined || known.has(name)) return;
    known.add(name);
    store.add({ name, type, bytes: store.hash("sha256", utf8OfText(`sealfold/1 local key ${name}`)), isPublic: false });
  };
  const call = vaultCall(store);
  return (operation, bits, ...given) => {
    if ((bits & 1) === 0) expectKey(given[0], typeOfFirst.get(operation));
    if (operation === operations.ecdh && (bits & 2) === 0) expectKey(given[1], "x25519");
    return call(operation, bits, ...given);
  };
}
