/** Modules in a realm of their own: what they make of records, and how they end. */

import { utf8 } from "../../../lib/crypto/bytes.ts";
import type { OpenableProgram, ProgramRealm, RealmOptions } from "../../../lib/sandbox/realm/program-realm.ts";
import { checkWasm } from "../../../lib/sandbox/realm/wasm-realm.ts";
import { limits } from "./_realms.ts";

export type Differences = Partial<Omit<RealmOptions, "limits">> & { readonly limits?: Partial<RealmOptions["limits"]> };

export function optionsOf(differences: Differences = {}): RealmOptions {
  return { format: { kind: "lines" }, memoryMiB: 16, ...differences, limits: { ...limits, ...differences.limits } };
}

export function openWasm(module: Uint8Array | OpenableProgram, differences: Differences = {}): ProgramRealm {
  const program = module instanceof Uint8Array ? checkWasm(module) : module;
  return program.open(optionsOf(differences));
}

/** Maps the records of each owner in a realm of its own, merges all in another. @returns results by key, as JSON text */
export function runWasm(
  module: Uint8Array | OpenableProgram,
  owners: string | Uint8Array | readonly (string | Uint8Array)[],
  differences: Differences = {},
): Map<string, string> {
  const program = module instanceof Uint8Array ? checkWasm(module) : module;
  const reducer = openWasm(program, differences);
  [owners].flat().forEach((records, owner) => {
    const mapper = openWasm(program, differences);
    mapper.mapChunk(typeof records === "string" ? utf8(records) : records);
    mapper.drain((kind, key, values, state) => reducer.merge(kind, key, values, state, `${owner}`));
  });
  const results = new Map<string, string>();
  reducer.finish((_kind, key, _values, _owners, result) => void results.set(key, result));
  return results;
}
