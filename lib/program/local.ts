/**
 * Runs a program in this process, with nothing sealed and no wall, for whoever debugs it: the same engine, the same
 * results, and errors with the program's own stack.
 */

import { fromUtf8 } from "../crypto/bytes.ts";
import type { RecordFormat } from "../data/format.ts";
import { compareKeys } from "../data/keys.ts";
import { type ErrorCode, SealfoldError } from "../errors.ts";
import { isWellFormed } from "./_intrinsics.ts";
import { Engine, type EngineLimits } from "./engine.ts";
import { TextRecords } from "./text-records.ts";
import { failureCodes } from "./failure-codes.ts";
import { type LocalTools, localTools } from "./local-tools.ts";
import { type AnyDefinition, type Key, type Program, isProgram, textRecords } from "./program.ts";
import { csvReader } from "./map-records.ts";
import { readJson } from "./read-json.ts";
import type { Failure } from "./verdict.ts";

/** One key and its result. */
export interface LocalResult<O> {
  readonly key: Key;
  readonly value: O;
}

/** Options of {@link runLocal}. */
export interface LocalOptions {
  readonly limits?: Partial<EngineLimits>;
  /** Stops between two records. */
  readonly signal?: AbortSignal;
  /** What the tools work on of a program that has needs. */
  readonly tools?: LocalTools;
  /** Gets what the program left in its tools, before the results are there. */
  readonly onTools?: (used: UsedTools) => void;
}

/** What a program left in its tools. */
export interface UsedTools {
  /** What it counted, by name. */
  readonly counters: Readonly<Record<string, number>>;
  /** What it asked to narrow the policy by; here nothing is narrowed. */
  readonly narrowings: readonly unknown[];
}

const unlimited: EngineLimits = { keyBytes: Infinity, valueBytes: Infinity, outputBytes: Infinity, badRecords: 0 };

/**
 * Maps and reduces `records` here.
 * @returns the results in the order of an output: other keys before strings, each ascending
 * @throws {SealfoldError} PROGRAM_EXPORT, PROGRAM_THREW, PROGRAM_VALUE or LIMIT_*, with the record's number from 1, and
 * what the program threw as `cause`; DATA_FORMAT when it reads text and a record is no string; CANCELLED
 * @throws whatever `records` throws
 */
export async function runLocal<R, O>(
  program: Program<R, O>,
  records: Iterable<R> | AsyncIterable<R>,
  options: LocalOptions = {},
): Promise<LocalResult<O>[]> {
  if (!isProgram(program)) throw new SealfoldError("PROGRAM_EXPORT");
  const tools = localTools(program.definition, options.tools);
  const engine = new Engine(program.definition, { ...unlimited, ...options.limits }, tools);
  const map = recordMapper(engine, program.definition);
  for await (const record of records) {
    if (options.signal?.aborted) throw new SealfoldError("CANCELLED");
    const failure = map(record);
    if (failure !== 0) throw failureOf(engine, failure, { stage: "map", record: engine.records });
  }
  const results = finish<O>(engine);
  options.onTools?.(usedTools(engine));
  return results;
}

/** @returns what maps one record; for a program that reads text, a string stands for its line */
export function recordMapper(engine: Engine, { records }: AnyDefinition): (record: unknown) => Failure | 0 {
  if (records !== textRecords) return (record) => engine.map(record);
  const texts = new TextRecords(engine);
  return (record) => {
    if (typeof record === "string") return texts.mapString(wellFormed(record));
    throw new SealfoldError(
      "DATA_FORMAT",
      "the program reads its records as text: read the input with lines(), or with --format lines",
    );
  };
}

function wellFormed(text: string): string {
  if (!isWellFormed(text)) throw new SealfoldError("DATA_ENCODING");
  return text;
}

function usedTools({ counters, counts, narrowings }: Engine): UsedTools {
  const named = Array.from(counters, (name, index) => [name, counts[index] ?? 0] as const);
  return { counters: Object.fromEntries(named), narrowings: JSON.parse(narrowings) as unknown[] };
}

/**
 * Cuts a plain chunk into the records that a program gets, for inputs that read chunks.
 * @throws {SealfoldError} DATA_RECORD with the record's number within the chunk, from 1
 */
export function* recordsIn(chunk: Uint8Array, format: RecordFormat): Generator {
  if (format.kind === "bytes") {
    yield* bytesIn(chunk);
    return;
  }
  const read = {
    lines: (line: string) => line,
    json: readJson,
    csv: csvReader(format.kind === "csv" ? format.columns : []),
  };
  let number = 0;
  for (const line of linesIn(fromUtf8(chunk))) {
    number++;
    const record = read[format.kind](line);
    if (record === undefined) throw new SealfoldError("DATA_RECORD", undefined, { record: number });
    yield record;
  }
}

function* linesIn(text: string): Generator<string> {
  const ended = text.endsWith("\n") ? text.slice(0, -1) : text;
  if (text !== "") for (const line of ended.split("\n")) yield line.endsWith("\r") ? line.slice(0, -1) : line;
}

function* bytesIn(chunk: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  for (let from = 0, number = 1; from < chunk.length; number++) {
    const to = from + 4 <= chunk.length ? from + 4 + view.getUint32(from) : Infinity;
    if (to > chunk.length) throw new SealfoldError("DATA_RECORD", undefined, { record: number });
    yield chunk.slice(from + 4, to);
    from = to;
  }
}

function finish<O>(engine: Engine): LocalResult<O>[] {
  const cells = Array.from(engine.cells);
  cells.sort((a, b) => compareKeys(a.kind, a.key, b.kind, b.key));
  return cells.map(({ index }) => {
    const result = engine.resultText(index);
    if (typeof result === "number") throw failureOf(engine, result, { stage: "reduce" });
    return { key: engine.groups.keyOf(index), value: JSON.parse(result) as O };
  });
}

function failureOf(engine: Engine, failure: Failure, place: { stage: string; record?: number }): SealfoldError {
  const code: ErrorCode = failureCodes[failure];
  const where = place.record === undefined ? "in reduce" : `in record ${place.record}`;
  return new SealfoldError(code, `${where}: ${engine.failureText}`, place, { cause: engine.thrown });
}
