/** What an owner puts in: a reader of files, or any iterable of records. */

import { utf8 } from "../crypto/bytes.ts";
import { SealfoldError } from "../errors.ts";
import { dataFault, recordTooLarge } from "./_faults.ts";
import { canonicalJson, type Json } from "./canonical.ts";
import type { RecordFormat } from "./format.ts";
import type { Surveyor } from "./line-survey.ts";
import {
  ChunkBuilder,
  type ChunkOptions,
  chunkSizes,
  lengthBytes,
  type PlainChunk,
  type SurveyedChunk,
} from "./plain-chunk.ts";

export type { ChunkOptions, PlainChunk, SurveyedChunk } from "./plain-chunk.ts";

/** A file as it is when it is looked at. */
export type FileMark = {
  readonly name: string;
  /** Bytes; null where it is read as a stream. */
  readonly size: number | null;
  /** Whole milliseconds since 1970. */
  readonly modified: number | null;
};

declare const recordType: unique symbol;

/** Records of type `R`, cut into chunks. */
export interface Input<R> {
  /** How records lie in the chunks; a function where the data must be looked at to know. */
  readonly format: RecordFormat | (() => Promise<RecordFormat>);
  /**
   * Reads from the beginning.
   * @throws {SealfoldError} DATA_EMPTY when there is no record; DATA_*, LIMIT_RECORD, CANCELLED
   */
  chunks(options?: ChunkOptions): AsyncGenerator<PlainChunk>;
  /**
   * Likewise, where most of the data lies in files whose lines somebody else may read.
   * @throws {SealfoldError} as `chunks`, but what is wrong with records, the chunks themselves may say
   */
  readonly surveyed?: (surveyor: Surveyor, options?: ChunkOptions) => AsyncGenerator<PlainChunk | SurveyedChunk>;
  /** What tells one version of the data from another; left out where nothing does, as with a pipe. */
  readonly marks?: () => Promise<readonly FileMark[]>;
  /** For the compiler alone. */
  readonly [recordType]?: R;
}

/** What can be mapped. */
export type InputSource<R> = Input<R> | Iterable<R> | AsyncIterable<R>;

/** @throws {TypeError} unless `source` is a reader or an iterable; a string is most likely meant as a file's name */
export function asInput<R>(source: InputSource<R>): Input<R> {
  if (typeof source === "string")
    throw new TypeError('"input" expected records, got a string; for a file: lines(name)');
  return isInput(source) ? source : records(source);
}

/**
 * Each item is a record: all `Uint8Array`s, or all plain JSON data (strings, numbers, booleans, null, arrays, objects).
 * @throws {TypeError} unless `items` can be iterated; reading throws {@link SealfoldError} DATA_EMPTY, DATA_RECORD with
 * the number of an item that is not data or of another kind than the first, LIMIT_RECORD or CANCELLED
 */
export function records<R>(items: Iterable<R> | AsyncIterable<R>): Input<R> {
  const source = new Items<R>(items);
  return { format: () => source.format(), chunks: (options = {}) => source.chunks(options) };
}

type Kind = "json" | "bytes";
type AnyIterator<R> = Iterator<R> | AsyncIterator<R>;

class Items<R> {
  readonly #open: () => AnyIterator<R>;
  /** An iterator whose first item was looked at. */
  #begun: { readonly rest: AnyIterator<R>; readonly first: R } | undefined;
  #format: Promise<RecordFormat> | undefined;

  constructor(items: Iterable<R> | AsyncIterable<R>) {
    if (isAsyncIterable(items)) this.#open = () => items[Symbol.asyncIterator]();
    else if (isIterable(items)) this.#open = () => items[Symbol.iterator]();
    else throw new TypeError('"records" expected an iterable of records');
  }

  format(): Promise<RecordFormat> {
    this.#format ??= this.#readFormat();
    return this.#format;
  }

  async *chunks(options: ChunkOptions): AsyncGenerator<PlainChunk> {
    const sizes = chunkSizes(options);
    const { recordBytes } = sizes;
    const builder = new ChunkBuilder(sizes);
    let kind: Kind | undefined;
    let number = 0;
    let read = 0;
    for await (const batch of this.#batches(options.signal)) {
      for (const item of batch) {
        number++;
        kind ??= kindOf(item);
        const record = encode(item, kind, number);
        if (record.length > recordBytes) throw recordTooLarge({ unit: "record", number }, recordBytes);
        const framed = record.length + (kind === "json" ? 1 : lengthBytes);
        if (builder.records > 0 && framed > builder.room) yield builder.take();
        if (kind === "bytes") builder.appendLength(record.length);
        builder.append(record);
        if (kind === "json") builder.append(lineFeed);
        builder.markWhole(1);
        read += framed;
      }
      options.onProgress?.(read, undefined);
    }
    if (builder.records > 0) yield builder.take();
    if (number === 0) throw noRecords();
  }

  async #readFormat(): Promise<RecordFormat> {
    const rest = this.#open();
    const step = await rest.next();
    if (step.done === true) throw noRecords();
    this.#begun = { rest, first: step.value };
    return { kind: kindOf(step.value) };
  }

  /** Items come in batches, because awaiting each would cost more than sealing it. */
  async *#batches(signal: AbortSignal | undefined): AsyncGenerator<readonly R[]> {
    const { rest, first } = this.#begun ?? { rest: this.#open() };
    let batch: R[] = this.#begun === undefined ? [] : [first as R];
    this.#begun = undefined;
    let isDone = false;
    try {
      while (!isDone) {
        if (signal?.aborted === true) throw new SealfoldError("CANCELLED");
        const next = rest.next();
        const step = next instanceof Promise ? await next : next;
        if (step.done === true) isDone = true;
        else batch.push(step.value);
        if (!isDone && batch.length < batchItems) continue;
        yield batch;
        batch = [];
      }
    } finally {
      if (!isDone) await rest.return?.();
    }
  }
}

const batchItems = 256;
const lineFeed = Uint8Array.of(0x0a);

function kindOf(item: unknown): Kind {
  return item instanceof Uint8Array ? "bytes" : "json";
}

function encode(item: unknown, kind: Kind, number: number): Uint8Array {
  if (kindOf(item) !== kind) {
    throw dataFault("DATA_RECORD", { unit: "record", number }, "either all records are bytes, or none is");
  }
  if (item instanceof Uint8Array) return item;
  try {
    return utf8(canonicalJson(item as Json)); // canonicalJson checks it
  } catch (error) {
    // What the canonical writer says may show values.
    if (error instanceof TypeError) {
      throw dataFault("DATA_RECORD", { unit: "record", number }, "not plain JSON data, nor bytes");
    }
    throw error;
  }
}

function noRecords(): SealfoldError {
  return new SealfoldError("DATA_EMPTY", "the iterable holds no record");
}

function isInput<R>(source: InputSource<R>): source is Input<R> {
  return typeof source === "object" && source !== null && "chunks" in source && "format" in source;
}

function isIterable(items: unknown): items is Iterable<unknown> {
  return typeof items === "object" && items !== null && Symbol.iterator in items;
}

function isAsyncIterable(items: unknown): items is AsyncIterable<unknown> {
  return typeof items === "object" && items !== null && Symbol.asyncIterator in items;
}
