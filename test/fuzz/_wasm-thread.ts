/** A thread that runs modules, so that one which never ends can be ended. */

import { parentPort } from "node:worker_threads";

import { SealfoldError } from "../../lib/errors.ts";
import type { RecordFormat } from "../../lib/data/format.ts";
import { checkWasm } from "../../lib/sandbox/realm/wasm-realm.ts";

/** A module, and what it is given. */
export interface WasmRun {
  readonly module: Uint8Array;
  readonly format: RecordFormat;
  readonly records: Uint8Array;
  readonly keyBytes: number;
}

/** Results by key, the code that it ended with, or an error that is none of ours to have. */
export type WasmEnd =
  { readonly results: readonly (readonly [string, string])[] } | { readonly code: string } | { readonly error: string };

parentPort?.on("message", (run: WasmRun) => parentPort?.postMessage(endOf(run)));

function endOf({ module, format, records, keyBytes }: WasmRun): WasmEnd {
  try {
    const limits = { keyBytes, valueBytes: 65_536, outputBytes: 2 ** 24, badRecords: 0 };
    const options = { format, limits, memoryMiB: 16 };
    const program = checkWasm(module);
    const mapper = program.open(options);
    mapper.mapChunk(records);
    const reducer = program.open(options);
    mapper.drain((kind, key, values, state) => reducer.merge(kind, key, values, state, "owner"));
    const results: [string, string][] = [];
    reducer.finish((_kind, key, _values, _owners, result) => results.push([key, result]));
    return { results };
  } catch (error) {
    if (error instanceof SealfoldError && error.code !== "BUG") return { code: error.code };
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
