/**
 * The inside of a realm's wall: the first script that a fresh realm runs, before the program. Bundled to one script
 * text by `boot-text.ts`. The realm's owner calls the functions that {@link boot} returns; only numbers and strings go
 * in and come out, with one buffer for bytes that the program never sees, and the one function of a vault.
 */

import { capabilities, type Capability } from "../../data/capabilities.ts";
import type { KeyKind } from "../../data/keys.ts";
import { Engine, type EngineLimits } from "../../program/engine.ts";
import { HandOver } from "../../program/hand-over.ts";
import { csvReader, type LineReader, mapBytes, mapLines } from "../../program/map-records.ts";
import { hasNeed, readNeeds, textBit } from "../../program/needs.ts";
import { type AnyDefinition, programMark, programName, textRecords } from "../../program/program.ts";
import { readJson } from "../../program/read-json.ts";
import { Scanner, type ScannerModule } from "../../program/scanner.ts";
import { TextRecords } from "../../program/text-records.ts";
import type { ToolsData } from "../../program/toolbox.ts";
import type { VaultCall } from "../../program/vault-operations.ts";
import { describe, status } from "../../program/verdict.ts";
import { tame } from "./tame.ts";

/** What the realm's owner may call. Negative answers are {@link status}es. */
export interface Inside {
  /**
   * Looks for the program after its script ran.
   * @returns its needs: a bit for each of `capabilities`; and one more where it reads its records as text
   */
  load(): number;
  /** The words of what the program's script threw. */
  describe(thrown: unknown): string;
  /**
   * Begins a task: what an earlier one gathered is forgotten.
   * @param options - JSON of {@link BootOptions}
   * @param vault - a vault's function, if the program needs one; it stays inside of this wall
   * @param scanner - what chunks of text are scanned with; it too stays inside
   */
  begin(options: string, vault: VaultCall | undefined, scanner: ScannerModule | undefined): void;
  /** Maps a batch of the records that begin at `from` or later. @returns where the next one begins */
  mapText(text: string, from: number): number;
  /** A buffer of at least `bytes`. */
  buffer(bytes: number): ArrayBuffer;
  /** As {@link buffer}, for {@link mapBytes} alone. */
  place(bytes: number): ArrayBuffer;
  /** Where in that the bytes are to begin. */
  offset(): number;
  /** As {@link mapText}, of `length` bytes in their place: UTF-8 that was checked, for who reads text. */
  mapBytes(length: number, from: number): number;
  records(): number;
  skipped(): number;
  failureText(): string;
  /** Adds one key's values; `owner` is the number of whose they are. */
  merge(kind: KeyKind, key: string, values: number, state: string, owner: number): number;
  /** Adds the whole pairs among the first `length` bytes in the buffer. @returns how many bytes they take */
  mergePairs(length: number, text: string, owner: number): number;
  /** How many pairs were merged so. */
  merged(): number;
  /** Makes room at once for so many keys, of so many bytes in all. @returns whether there is memory for that */
  expect(keys: number, bytes: number): boolean;
  /** How many of their states were JSON: before there are any, `text` may be empty. */
  texts(): number;
  /** How many keys there are; asked first of all that comes of a task. */
  cells(): number;
  kind(cell: number): number;
  key(cell: number): string;
  state(cell: number): string | number;
  /** Packs the pairs of some keys from `cell` on. @returns the next key */
  packPairs(cell: number): number;
  /** Packs some results, of the keys whose numbers are in the buffer from `from` to before `to`. @returns the next place */
  packResults(from: number, to: number): number;
  /** What was packed last, and how long it is. */
  packed(): ArrayBuffer;
  packedLength(): number;
  /** How much of that counts as output: all but what says how long parts are. */
  payload(): number;
  /** The bytes of all keys, where each begins, and how many values each has: columns that are only looked at. */
  keyBytes(): ArrayBuffer;
  keyStarts(): ArrayBuffer;
  values(): ArrayBuffer;
  /** What the program added to a counter. */
  counted(counter: number): number;
  /** JSON: an array of what the program narrowed the policy by. */
  narrowings(): string;
}

/** What a realm is opened for; it goes in as JSON text. */
export interface BootOptions {
  readonly format: "lines" | "json" | "csv" | "bytes";
  /** Those of a csv, else none. */
  readonly columns: readonly string[];
  readonly limits: EngineLimits;
  /** What a program that has needs gets. */
  readonly tools?: ToolsData;
}

tame();

const { freeze, setPrototypeOf } = Object;
const { getOwnPropertyDescriptor } = Reflect;
const BufferConstructor = ArrayBuffer;
const parse = JSON.parse as (text: string) => unknown;
const realm = globalThis;

/** @returns the functions through which the realm's owner works. */
export function boot(): Inside {
  let definition: AnyDefinition;
  let needs: readonly Capability[];
  let read: LineReader | undefined;
  let engine: Engine;
  let texts: TextRecords | undefined;
  let handOver: HandOver;
  let buffer = new BufferConstructor(0);
  let scanner: Scanner | undefined;
  /** What an earlier task left in it is forgotten. */
  const scannerOf = (module: ScannerModule | undefined): Scanner | undefined => {
    if (module === undefined) return undefined;
    scanner ??= new Scanner(module);
    scanner.forget();
    return scanner;
  };
  const inside: Inside = {
    load: () => {
      const found = findDefinition();
      if (found === undefined) return status.program;
      ({ definition, needs } = found);
      return bitsOf(needs) | (definition.records === textRecords ? textBit : 0);
    },
    describe,
    begin: (text, vault, module) => {
      // Without a prototype, to which the program, which has run, may have added what is missing here.
      const options = setPrototypeOf(parse(text), null) as BootOptions;
      const { limits, tools: data } = options;
      read = lineReader(options);
      engine = new Engine(definition, limits, data && { needs, data, vault });
      texts?.close();
      texts = definition.records === textRecords ? new TextRecords(engine, scannerOf(module)) : undefined;
      handOver = new HandOver(engine);
    },
    mapText: (text, from) => answer(() => mapLines(engine, text, from, read)),
    buffer: (bytes) => {
      if (buffer.byteLength < bytes) buffer = new BufferConstructor(bytes + 8 - (bytes % 8));
      return buffer;
    },
    place: (bytes) => texts?.place(bytes) ?? inside.buffer(bytes),
    offset: () => texts?.offset ?? 0,
    mapBytes: (length, from) =>
      answer(() => {
        const records = { buffer, length, from };
        return texts === undefined ? mapBytes(engine, records) : texts.mapLines(records);
      }),
    records: () => engine.records,
    skipped: () => engine.skipped,
    failureText: () => engine.failureText,
    merge: (kind, key, values, state, owner) => engine.merge(kind, key, { values, state, owner }),
    mergePairs: (length, text, owner) => handOver.mergeFrom(buffer, { length, text, owner }),
    merged: () => handOver.merged,
    expect: (keys, bytes) => {
      try {
        handOver.expect(keys, bytes);
        return true;
      } catch {
        return false;
      }
    },
    texts: () => handOver.texts,
    cells: () => {
      texts?.settle();
      return engine.groups.count;
    },
    kind: (cell) => engine.groups.kindOf(cell),
    key: (cell) => engine.groups.textOf(cell),
    state: (cell) => engine.stateText(cell),
    packPairs: (cell) => handOver.pairs(cell),
    packResults: (from, to) => handOver.resultsOf(buffer, from, to),
    packed: () => handOver.packed.buffer,
    packedLength: () => handOver.packed.length,
    payload: () => handOver.payload,
    keyBytes: () => handOver.keyBytes,
    keyStarts: () => handOver.keyStarts,
    values: () => handOver.values,
    counted: (counter) => engine.counts[counter] as number,
    narrowings: () => engine.narrowings,
  };
  return freeze(setPrototypeOf(inside, null) as Inside);
}

/** Lets nothing that is thrown out: making a record may call a program's setters, and the stack may be full. */
function answer(work: () => number): number {
  try {
    return work();
  } catch {
    // What a program throws may be anything, and this is not the place to look at it.
    return status.threw;
  }
}

function lineReader({ format, columns }: BootOptions): LineReader | undefined {
  if (format === "json") return readJson;
  return format === "csv" ? csvReader(columns) : undefined;
}

function bitsOf(needs: readonly Capability[]): number {
  let bits = 0;
  for (let index = 0; index < capabilities.length; index++) {
    if (hasNeed(needs, capabilities[index] as Capability)) bits |= 1 << index;
  }
  return bits;
}

interface Found {
  readonly definition: AnyDefinition;
  readonly needs: readonly Capability[];
}

/** @returns the definition that the program's script left, unless it left none or one that throws. */
function findDefinition(): Found | undefined {
  try {
    const program: unknown = getOwnPropertyDescriptor(realm, programName)?.value;
    if (typeof program !== "object" || program === null) return undefined;
    const { sealfold, definition } = program as { sealfold?: unknown; definition?: Partial<AnyDefinition> | null };
    if (sealfold !== programMark || typeof definition?.map !== "function") return undefined;
    const { map, reduce, needs: named } = definition;
    const records: unknown = getOwnPropertyDescriptor(definition, "records")?.value;
    const needs = readNeeds(named);
    if (records !== undefined && records !== textRecords) return undefined;
    return reduce === undefined || needs === undefined ? undefined : { definition: { map, reduce, records }, needs };
  } catch {
    // A program made of getters that throw is none.
    return undefined;
  }
}
