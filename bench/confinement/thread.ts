/**
 * The thread in which a program is measured, confined and not: the same engine, the same map function, the same chunks.
 * Unconfined, the program's script runs in the thread's own realm, and the engine beside it; confined, both are behind
 * the wall, as in a sandbox.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import vm from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

import type { RecordFormat } from "../../lib/data/format.ts";
import { defaultLimits } from "../../lib/policy/limits.ts";
import { Engine, type EngineLimits } from "../../lib/program/engine.ts";
import { mapBytes, mapLines } from "../../lib/program/map-records.ts";
import { type Program, programName } from "../../lib/program/program.ts";
import { harden } from "../../lib/sandbox/realm/harden.ts";
import type { OpenableProgram, ProgramRealm, RealmOptions } from "../../lib/sandbox/realm/program-realm.ts";
import { checkProgram, Realm } from "../../lib/sandbox/realm/realm.ts";
import { checkWasm } from "../../lib/sandbox/realm/wasm-realm.ts";

/** A program to be measured over the records of a file. */
export interface ThreadJob {
  /** Path of the program's built bytes. */
  readonly program: string;
  readonly format: "lines" | "bytes";
  readonly data: string;
  /** Whether this thread closes its own realm first, as a sandbox does. */
  readonly hardened: boolean;
  /** What a program that needs something is granted. */
  readonly crypto?: boolean;
}

/** `plain`: not confined. `fresh`: in a realm of its own for the task. `kept`: in the realm of the task before. */
export type Contender = "plain" | "fresh" | "kept" | "open";

export interface TaskMeasure {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly answer: string;
}

const limits: EngineLimits = {
  keyBytes: defaultLimits.keyBytes,
  valueBytes: defaultLimits.valueBytes,
  outputBytes: defaultLimits.outputMiB * 2 ** 20,
  badRecords: 0,
};
const chunkBytes = 2 ** 20;
const recordBytes = 4096;

if (parentPort !== null) serve(workerData as ThreadJob);

function serve(job: ThreadJob): void {
  const bytes = readFileSync(job.program);
  const chunks = job.format === "bytes" ? byteChunks(readFileSync(job.data)) : lineChunks(readFileSync(job.data));
  const format: RecordFormat = { kind: job.format };
  const options: RealmOptions = { format, limits, memoryMiB: 512, ...(job.crypto === true && { tools: grant() }) };
  const isWasm = bytes[0] === 0;
  const program: OpenableProgram = isWasm ? checkWasm(bytes) : checked(bytes.toString());
  const plain = isWasm ? undefined : unconfined(bytes.toString(), chunks, job.format);
  let kept: ProgramRealm | undefined;
  if (job.hardened) harden();
  const works: Record<Contender, () => string> = {
    plain: () => plain?.() ?? "",
    fresh: () => {
      kept = program.open(options);
      return confined(kept, chunks);
    },
    kept: () => {
      if (kept === undefined) kept = program.open(options);
      else kept.renew(options);
      return confined(kept, chunks);
    },
    open: () => {
      program.open(options);
      return "";
    },
  };
  parentPort?.on("message", (contender: Contender) => {
    const cpu = process.cpuUsage();
    const begin = performance.now();
    const answer = works[contender]();
    const { user, system } = process.cpuUsage(cpu);
    const measure: TaskMeasure = { cpuMs: (user + system) / 1000, wallMs: performance.now() - begin, answer };
    parentPort?.postMessage(measure);
  });
  parentPort?.postMessage("ready");
}

function checked(text: string): OpenableProgram {
  const program = checkProgram(text);
  return { open: (options) => Realm.open(program, options) };
}

function confined(realm: ProgramRealm, chunks: readonly Uint8Array[]): string {
  for (const chunk of chunks) realm.mapChunk(chunk);
  const answer = createHash("sha256");
  realm.drain((_kind, key, values, state) => void answer.update(`${key}\n${values}\n${state}\n`));
  return answer.digest("hex");
}

function unconfined(text: string, chunks: readonly Uint8Array[], format: ThreadJob["format"]): () => string {
  new vm.Script(text, { filename: "program.js" }).runInThisContext();
  const { definition } = Reflect.get(globalThis, programName) as Program<unknown, unknown>;
  let buffer = new ArrayBuffer(0);
  return () => {
    const engine = new Engine(definition, limits);
    for (const chunk of chunks) {
      if (format === "bytes") {
        if (buffer.byteLength < chunk.length) buffer = new ArrayBuffer(chunk.length);
        new Uint8Array(buffer).set(chunk);
        for (let from = 0; from < chunk.length;) {
          from = expectMapped(mapBytes(engine, { buffer, length: chunk.length, from }));
        }
      } else {
        const lines = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString("utf8");
        for (let from = 0; from < lines.length;) from = expectMapped(mapLines(engine, lines, from, undefined));
      }
    }
    const answer = createHash("sha256");
    for (const { index, key, values } of Array.from(engine.cells)) {
      answer.update(`${key}\n${values}\n${engine.stateText(index)}\n`);
    }
    return answer.digest("hex");
  };
}

function expectMapped(next: number): number {
  if (next < 0) throw new Error(`the program failed: ${next}`);
  return next;
}

function lineChunks(text: Buffer): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < text.length;) {
    const end = text.length - from <= chunkBytes ? text.length : text.lastIndexOf(10, from + chunkBytes) + 1;
    chunks.push(Uint8Array.from(text.subarray(from, end)));
    from = end;
  }
  return chunks;
}

/** Records of bytes, each after its length, as a chunk of them is laid out. */
function byteChunks(text: Buffer): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < text.length; from += chunkBytes) {
    const pieces: Buffer[] = [];
    const end = Math.min(from + chunkBytes, text.length);
    for (let at = from; at < end; at += recordBytes) {
      const record = text.subarray(at, Math.min(at + recordBytes, end));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(record.length);
      pieces.push(length, record);
    }
    chunks.push(Uint8Array.from(Buffer.concat(pieces)));
  }
  return chunks;
}

function grant(): NonNullable<RealmOptions["tools"]> {
  const seed = new Uint8Array(32).fill(1);
  return { capabilities: ["crypto"], policy: "{}", clock: 0, seed, keys: [], counters: [] };
}
