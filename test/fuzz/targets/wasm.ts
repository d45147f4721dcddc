/**
 * Random bytes as WebAssembly, good modules that were changed, and packed pairs of random bytes: a module is refused,
 * runs, or ends with a code; what packed pairs come to is foretold.
 */

import { deepStrictEqual, strictEqual } from "node:assert";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { build } from "esbuild";
import fc from "fast-check";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { errorTable } from "../../../lib/errors.ts";
import { bundlePlugins } from "../../../lib/sandbox/bundle-plugins.ts";
import { goodParts, moduleOf, op, programFunctions, types } from "../../program/wasm/_module.ts";
import { smallModule } from "../../program/wasm/_modules.ts";
import { bytes, type BytesEdit, bytesEdit, editBytes } from "../_values.ts";
import type { WasmEnd, WasmRun } from "../_wasm-thread.ts";
import { target } from "../campaign.ts";

const keyBytes = 64;
/** A module that takes longer is ended, as a sandbox's watchdog would. */
const patienceMs = 1000;
const magic = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

type Case =
  | { readonly kind: "bytes"; readonly module: Uint8Array }
  | { readonly kind: "changed"; readonly module: number; readonly edits: readonly BytesEdit[]; readonly text: string }
  | { readonly kind: "code"; readonly code: Uint8Array; readonly text: string }
  | {
      readonly kind: "pairs";
      readonly pairs: readonly Packed[];
      readonly edits: readonly BytesEdit[];
      readonly isCount: boolean;
    };

interface Packed {
  readonly key: Uint8Array;
  readonly values: number;
  readonly value: number;
}

const packed: fc.Arbitrary<Packed> = fc.record({
  key: fc.oneof(
    { arbitrary: fc.constantFrom("a", "b", "é", "").map(utf8), weight: 4 },
    { arbitrary: fc.uint8Array({ maxLength: 4 }), weight: 1 },
    { arbitrary: fc.integer({ min: 60, max: 70 }).map((length) => new Uint8Array(length).fill(97)), weight: 1 },
  ),
  values: fc.oneof({ arbitrary: fc.integer({ min: 1, max: 9 }), weight: 9 }, { arbitrary: fc.nat(), weight: 1 }),
  value: fc.oneof(
    { arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }), weight: 9 },
    { arbitrary: fc.double(), weight: 1 },
  ),
});

const text = fc.string({ unit: "binary", maxLength: 60 });
const cases: fc.Arbitrary<Case> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant("bytes" as const),
      module: bytes.chain((all) => fc.boolean().map((isNamed) => Uint8Array.from(isNamed ? [...magic, ...all] : all))),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("changed" as const),
      module: fc.nat(9),
      edits: fc.array(bytesEdit, { minLength: 1, maxLength: 3 }),
      text,
    }),
    weight: 5,
  },
  {
    arbitrary: fc.record({ kind: fc.constant("code" as const), code: fc.uint8Array({ maxLength: 12 }), text }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("pairs" as const),
      pairs: fc.array(packed, { maxLength: 6 }),
      edits: fc.oneof(
        { arbitrary: fc.constant([]), weight: 2 },
        { arbitrary: fc.array(bytesEdit, { maxLength: 2 }), weight: 1 },
      ),
      isCount: fc.boolean(),
    }),
    weight: 3,
  },
);

export default target("bytes as WebAssembly, changed modules, and packed pairs", async () => {
  const thread = new Thread(await bundle());
  const good = goodModules();
  for (const [at, module] of good.entries()) {
    const end = await thread.run({ module, format: { kind: "lines" }, records: utf8("b a\nb\n"), keyBytes });
    if (end === undefined || !("results" in end)) throw new Error(`good module ${at}: ${JSON.stringify(end)}`);
  }
  const modules = [...good, packing(true)];
  return { cases, check: (one: Case) => check(one, thread, modules), close: () => thread.close() };
});

async function check(one: Case, thread: Thread, modules: readonly Uint8Array[]): Promise<void> {
  const end = await thread.run(runOf(one, modules));
  if (end === undefined) return strictEqual(one.kind === "pairs", false, "packed pairs never end");
  if ("error" in end) throw new Error(end.error);
  if ("code" in end && !Object.hasOwn(errorTable, end.code)) throw new Error(`${end.code} is no code`);
  if (one.kind !== "pairs") return;
  const wanted = foretell(editBytes(pack(one.pairs), one.edits), one.isCount);
  if ("code" in wanted || "code" in end) deepStrictEqual(end, wanted);
  else deepStrictEqual(new Map(end.results), new Map(wanted.results));
}

function runOf(one: Case, modules: readonly Uint8Array[]): WasmRun {
  const lines = { format: { kind: "lines" }, keyBytes } as const;
  switch (one.kind) {
    case "bytes":
      return { ...lines, module: one.module, records: utf8("a\n") };
    case "changed": {
      const module = modules[one.module % modules.length] as Uint8Array;
      return { ...lines, module: editBytes(module, one.edits), records: utf8(`${one.text}\n`) };
    }
    case "code": {
      // the program's map, with whatever is drawn before its answer
      const functions = programFunctions([...one.code, ...op.constant(0)]);
      const module = moduleOf({ imports: [["emit", types.emit]], functions, memory: [0, 10] });
      return { ...lines, module, records: utf8(`${one.text}\n`) };
    }
    default: {
      const record = editBytes(pack(one.pairs), one.edits);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(record.length);
      const records = Uint8Array.from(Buffer.concat([length, record]));
      return { module: packing(one.isCount), format: { kind: "bytes" }, records, keyBytes };
    }
  }
}

/** A module that hands its record to emit_pairs as it is. */
function packing(isCount: boolean): Uint8Array {
  const map = [...op.get(0), ...op.get(1), ...op.call(0), ...op.constant(0)];
  const functions = programFunctions(map, { aggregate: isCount ? 2 : 4 });
  return moduleOf({ imports: [["emit_pairs", types.twoNumbers]], functions, memory: [0, 10] });
}

function pack(pairs: readonly Packed[]): Uint8Array {
  const parts = pairs.flatMap(({ key, values, value }) => {
    const head = Buffer.alloc(16);
    head.writeUInt32LE(key.length, 0);
    head.writeUInt32LE(values, 4);
    head.writeDoubleLE(value, 8);
    return [head, key];
  });
  return Uint8Array.from(Buffer.concat(parts));
}

/** @returns what the interface's page says of packed pairs: how many values, or the least of them */
function foretell(bytes: Uint8Array, isCount: boolean): Exclude<WasmEnd, { error: string }> {
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const results = new Map<string, number>();
  for (let at = 0; at < from.length;) {
    if (at + 16 > from.length) return { code: "PROGRAM_THREW" };
    const [length, values, value] = [from.readUInt32LE(at), from.readUInt32LE(at + 4), from.readDoubleLE(at + 8)];
    at += 16;
    if (length > from.length - at) return { code: "PROGRAM_THREW" };
    if (length > keyBytes) return { code: "LIMIT_KEY" };
    const key = from.toString("utf8", at, at + length);
    if (!from.subarray(at, at + length).equals(Buffer.from(key))) return { code: "PROGRAM_VALUE" };
    if (!Number.isFinite(value) || values === 0) return { code: "PROGRAM_VALUE" };
    const before = results.get(key);
    const least = before === undefined ? value : Math.min(before, value);
    results.set(key, isCount ? (before ?? 0) + values : least === 0 ? 0 : least);
    at += length;
  }
  return { results: [...results].map(([key, result]) => [key, String(result)]) };
}

function goodModules(): readonly Uint8Array[] {
  const example = (name: string): Uint8Array =>
    Uint8Array.from(readFileSync(new URL(`../../../examples/3-webassembly/${name}`, import.meta.url)));
  return [
    moduleOf(goodParts()),
    smallModule({ imports: [["log", 2]] }),
    example("word-count.wasm"),
    example("word-count-c.wasm"),
  ];
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../_wasm-thread.ts", import.meta.url)).replace(/\.js$/, ".ts")],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node20",
    logLevel: "silent",
    plugins: [...bundlePlugins],
  });
  return outputFiles[0]?.text ?? "";
}

/** One thread after the other: one that does not answer is ended, and the next takes its place. */
class Thread {
  readonly #script: string;
  #worker: Worker | undefined;

  constructor(script: string) {
    this.#script = script;
  }

  /** @returns undefined where the module had to be ended; an end of the thread by itself is an error */
  run(what: WasmRun): Promise<WasmEnd | undefined> {
    const worker = (this.#worker ??= new Worker(this.#script, { eval: true, execArgv: [], env: {} }));
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#worker = undefined;
        void worker.terminate().then(() => resolve(undefined));
      }, patienceMs);
      const settle = (end: WasmEnd): void => {
        clearTimeout(timer);
        worker.off("message", settle).off("error", fail);
        resolve(end);
      };
      const fail = (error: Error): void => {
        this.#worker = undefined;
        settle({ error: `the thread ended: ${error.stack}` });
      };
      worker.on("message", settle).on("error", fail).postMessage(what);
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}
