/** Runs built-in programs in this process. */

import type { Input } from "../../lib/data/input.ts";
import type { PlainChunk } from "../../lib/data/plain-chunk.ts";
import type { BuiltProgram } from "../../lib/program/bundle.ts";
import type { ProgramRealm, RealmOptions } from "../../lib/sandbox/realm/program-realm.ts";
import { checkWasm } from "../../lib/sandbox/realm/wasm-realm.ts";
import { type WasmFunction, type WasmMemory, webAssembly } from "../../lib/data/web-assembly.ts";

const limits = { keyBytes: Infinity, valueBytes: Infinity, outputBytes: Infinity, badRecords: 0 };

/** How many records there were, and the result of each key, in the order of an output. */
export interface Counted {
  readonly records: number;
  readonly results: readonly (readonly [key: string, result: unknown])[];
}

/** What a realm of one task is opened with. */
export const realmOptions: RealmOptions = { format: { kind: "lines" }, limits };

/** @returns a realm for one task, with a bound of its memory where one is given */
export function openRealm({ bytes }: BuiltProgram, memoryMiB?: number): ProgramRealm {
  return checkWasm(bytes).open({ ...realmOptions, ...(memoryMiB !== undefined && { memoryMiB }) });
}

/** Maps each of the texts as one task, behind the module's wall, and reduces all. */
export function countedIn(program: BuiltProgram, ...tasks: readonly string[]): Counted {
  const reducer = openRealm(program);
  let records = 0;
  for (const text of tasks) {
    const mapper = openRealm(program);
    records += mapper.mapChunk(Buffer.from(text));
    mapper.drain((kind, key, values, state) => reducer.merge(kind, key, values, state));
  }
  const results: (readonly [string, unknown])[] = [];
  reducer.finish((_kind, key, _values, _owners, result) => results.push([key, JSON.parse(result)]));
  return { records, results };
}

/** A pair as a module hands it over. */
export interface PackedPair {
  readonly key: string;
  readonly values: number;
  readonly value: number;
}

/** @returns what the module alone, with no engine behind it, hands over for a text of one batch */
export function pairsOf({ bytes }: BuiltProgram, text: string): readonly PackedPair[] {
  const pairs: PackedPair[] = [];
  const emit = (at: number, length: number): void => {
    const view = Buffer.from(memory.buffer, at, length);
    for (let from = 0; from < length;) {
      const end = from + 16 + view.readUInt32LE(from);
      const key = view.toString("utf8", from + 16, end);
      pairs.push({ key, values: view.readUInt32LE(from + 4), value: view.readDoubleLE(from + 8) });
      from = end;
    }
  };
  const { exports } = new webAssembly.Instance(new webAssembly.Module(Uint8Array.from(bytes)), {
    "sealfold/1": { emit_pairs: emit, log: () => undefined },
  });
  const memory = exports["memory"] as WasmMemory;
  const call = (name: string, ...values: number[]): number => (exports[name] as WasmFunction)(...values) ?? 0;
  call("_initialize");
  const batch = Buffer.from(text);
  const at = call("allocate", batch.length);
  Buffer.from(memory.buffer).set(batch, at);
  call("map_chunk", at, batch.length);
  call("flush");
  return pairs;
}

/** An input of lines that needs no file. */
export function linesOf(lines: readonly string[]): Input<string> {
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  return {
    format: { kind: "lines" },
    async *chunks(): AsyncGenerator<PlainChunk> {
      yield { bytes, records: lines.length };
    },
  };
}

const bits64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const factor = 0x9e37_79b9_7f4a_7c15n;
/** What undoes a multiplication by `factor`, by Newton's method. */
const inverse = Array.from({ length: 6 }).reduce<bigint>((x) => bits64(x * (2n - factor * x)), 1n);

/** @returns so many words of 8 characters on which `mix` of assembly/table.ts is 0 in its upper 19 bits */
export function collidingWords(count: number): readonly string[] {
  const words: string[] = [];
  for (let low = 1n; words.length < count; low++) {
    const mixed = bits64(low * 0x1_0001_0003n * inverse) & ((1n << 45n) - 1n);
    const before = bits64(mixed * inverse);
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(bits64((before ^ (before >> 32n)) * inverse));
    if (head.every((byte) => byte > 0x20 && byte < 0x7f)) words.push(head.toString());
  }
  return words;
}
