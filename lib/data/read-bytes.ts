/** Reads files as records of bytes. */

import { dataFault, type DataPlace, recordTooLarge } from "./_faults.ts";
import { readChunks, type RecordReader } from "./_read-chunks.ts";
import { expectPaths, findSources, marksOf, type Paths } from "./_sources.ts";
import type { Input } from "./input.ts";
import {
  ChunkBuilder,
  type ChunkOptions,
  type ChunkSizes,
  chunkSizes,
  expectPositive,
  lengthBytes,
  type PlainChunk,
} from "./plain-chunk.ts";

export interface BytesOptions {
  /** The size of every record. Left out: each file is one record. */
  readonly recordBytes?: number | undefined;
}

/**
 * Each file is a record, or each `recordBytes` bytes of the files are one.
 * @param paths - file names, perhaps with wildcards (`*`, `?`, `**`); `-` is the standard input
 * @throws {TypeError} when there is no name; {RangeError} unless `recordBytes` is a whole number above 0; reading throws
 * {@link SealfoldError} DATA_FILE, DATA_EMPTY, DATA_RECORD when a file ends within a record, LIMIT_RECORD or CANCELLED
 */
export function bytes(paths: Paths, { recordBytes }: BytesOptions = {}): Input<Uint8Array> {
  const names = expectPaths(paths);
  if (recordBytes !== undefined) expectPositive("recordBytes", recordBytes);
  return {
    format: { kind: "bytes" },
    chunks: (options = {}) => byteChunks(names, recordBytes, options),
    marks: () => marksOf(names),
  };
}

async function* byteChunks(
  names: readonly string[],
  recordBytes: number | undefined,
  options: ChunkOptions,
): AsyncGenerator<PlainChunk> {
  const reader = new BytesReader(chunkSizes(options), recordBytes);
  yield* readChunks(await findSources(names), reader, options);
}

class BytesReader implements RecordReader {
  readonly #most: number;
  /** The size of every record, or undefined where each file is one. */
  readonly #size: number | undefined;
  readonly #builder: ChunkBuilder;
  #file = "";
  /** The record that is read now. */
  #number = 1;
  #open: Buffer[] = [];
  #openBytes = 0;

  constructor(sizes: ChunkSizes, size: number | undefined) {
    this.#most = sizes.recordBytes;
    this.#size = size;
    this.#builder = new ChunkBuilder(sizes);
  }

  begin(file: string): void {
    this.#file = file;
    this.#number = 1;
  }

  *read(block: Buffer): Generator<PlainChunk> {
    const size = this.#size;
    if ((size ?? this.#openBytes + block.length) > this.#most) throw recordTooLarge(this.#place(), this.#most);
    let from = 0;
    if (size !== undefined) {
      for (let to = size - this.#openBytes; to <= block.length; to += size) {
        if (this.#isFull(size)) yield this.#builder.take();
        this.#add(block.subarray(from, to), size);
        from = to;
      }
    }
    if (from === block.length) return;
    // The block's memory is used again.
    this.#open.push(Buffer.from(block.subarray(from)));
    this.#openBytes += block.length - from;
  }

  *end(): Generator<PlainChunk> {
    if (this.#size === undefined) {
      if (this.#isFull(this.#openBytes)) yield this.#builder.take();
      this.#add(Buffer.alloc(0), this.#openBytes);
    } else if (this.#openBytes > 0) {
      const fault = `the file ends after ${this.#openBytes} of ${this.#size} bytes`;
      throw dataFault("DATA_RECORD", this.#place(), fault);
    }
  }

  *finish(): Generator<PlainChunk> {
    if (this.#builder.records > 0) yield this.#builder.take();
  }

  #isFull(length: number): boolean {
    return this.#builder.records > 0 && this.#builder.room < lengthBytes + length;
  }

  /** Ends a record of `length` bytes with `part`. */
  #add(part: Uint8Array, length: number): void {
    this.#builder.appendLength(length);
    if (this.#openBytes > 0) {
      for (const open of this.#open) this.#builder.append(open);
      this.#open = [];
      this.#openBytes = 0;
    }
    this.#builder.append(part);
    this.#builder.markWhole(1);
    this.#number++;
  }

  #place(): DataPlace {
    return { file: this.#file, unit: "record", number: this.#number };
  }
}
