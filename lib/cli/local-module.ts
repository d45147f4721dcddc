/** Runs a program in WebAssembly in this very process, for `run --local`: behind its own wall, with nothing sealed. */

import type { RecordFormat } from "../data/format.ts";
import type { PlainChunk } from "../data/plain-chunk.ts";
import { SealfoldError } from "../errors.ts";
import type { BuiltProgram } from "../program/bundle.ts";
import type { ProgramRealm, RealmOptions, ToolsGrant } from "../sandbox/realm/program-realm.ts";
import { checkWasm } from "../sandbox/realm/wasm-realm.ts";
import type { ResultPair } from "./write-results.ts";

export interface LocalModuleOptions {
  readonly format: RecordFormat;
  readonly tools: ToolsGrant;
  /** Gets what the module logs, as it comes. */
  readonly log: (text: string) => void;
}

export interface LocalModuleResult {
  /** In the order of an output. */
  readonly pairs: readonly ResultPair[];
  /** In the order of the grant's counters. */
  readonly counts: readonly number[];
}

const limits = { keyBytes: Infinity, valueBytes: Infinity, outputBytes: Infinity, badRecords: 0 };

/**
 * Maps all chunks as one task, and reduces.
 * @throws {SealfoldError} PROGRAM_*, LIMIT_*, DATA_*, with the module's own words
 */
export async function runLocalModule(
  program: BuiltProgram,
  chunks: AsyncIterable<PlainChunk>,
  options: LocalModuleOptions,
): Promise<LocalModuleResult> {
  const { format, tools, log } = options;
  const realmOptions: RealmOptions = { format, tools, log, limits };
  const opened = checkWasm(program.bytes);
  const mapper = opened.open(realmOptions);
  const reducer = opened.open(realmOptions);
  for await (const { bytes } of chunks) inWords(mapper, () => mapper.mapChunk(bytes));
  inWords(mapper, () =>
    mapper.drain((kind, key, values, state) => inWords(reducer, () => reducer.merge(kind, key, values, state))),
  );
  const pairs: ResultPair[] = [];
  inWords(reducer, () =>
    reducer.finish((kind, key, _values, _owners, result) => {
      pairs.push([kind === 0 ? key : JSON.parse(key), JSON.parse(result)]);
    }),
  );
  const counts = mapper.counts().map((count, at) => count + (reducer.counts()[at] ?? 0));
  return { pairs, counts };
}

/** What the module said when it failed, which in a sandbox only the readers of diagnostics see. */
function inWords<T>(realm: ProgramRealm, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SealfoldError)) throw error;
    const words = realm.failureText();
    if (words === "") throw error;
    throw new SealfoldError(error.code, words, error.place, { cause: error });
  }
}
