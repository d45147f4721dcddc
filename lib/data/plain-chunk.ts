/** Plain chunks: the pieces into which an input is cut before each is sealed. */

import type { Digest } from "../crypto/hash.ts";
import { Buffers } from "../crypto/memory.ts";

/** Bytes that lie one after the other in a file. */
export interface FileRange {
  /** Its name, as it was read by. */
  readonly file: string;
  /** The offset of the first of them. */
  readonly start: number;
  readonly length: number;
}

/** Whole records in the layout of `data/format.ts`. */
export interface PlainChunk {
  /** Owned by whoever took the chunk. */
  readonly bytes: Uint8Array;
  readonly records: number;
  /** Where the same bytes can be read again, if there is such a place. */
  readonly source?: FileRange | undefined;
}

/** Whole records that somebody reads and commits to where they lie: whoever takes the chunk has none of its bytes. */
export interface SurveyedChunk {
  readonly source: FileRange;
  /**
   * Settles in the order of the chunks.
   * @throws {SealfoldError} DATA_*, LIMIT_RECORD
   */
  readonly found: Promise<{ readonly leaf: Digest; readonly records: number }>;
}

export interface ChunkOptions {
  /** Most bytes of one chunk; a larger record makes a chunk by itself. Default 1 MiB. */
  readonly chunkBytes?: number | undefined;
  /** Most bytes of one record, without the line feed or the length that frames it. Default 1 MiB. */
  readonly recordBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where chunks get their memory, and where whoever has done with one gives it back. Default: new memory for each. */
  readonly memory?: Buffers | undefined;
  /** Called with the bytes read so far, and in all where that is known. */
  readonly onProgress?: ((bytesRead: number, bytesTotal: number | undefined) => void) | undefined;
}

/** How large chunks and records may be. */
export interface ChunkSizes {
  readonly chunkBytes: number;
  readonly recordBytes: number;
  readonly memory?: Buffers | undefined;
}

/** Bytes of the length that stands before a record of bytes. */
export const lengthBytes = 4;

const defaultBytes = 1024 * 1024;
const none = Buffer.alloc(0);

/** @throws {RangeError} unless both sizes are whole numbers above 0 */
export function chunkSizes(options: ChunkOptions): ChunkSizes {
  const { chunkBytes = defaultBytes, recordBytes = defaultBytes, memory } = options;
  expectPositive("chunkBytes", chunkBytes);
  expectPositive("recordBytes", recordBytes);
  return { chunkBytes, recordBytes, memory };
}

/** @throws {RangeError} unless `value` is a whole number above 0 */
export function expectPositive(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new RangeError(`"${name}" expected a whole number above 0, got ${value}`);
}

/** Gathers bytes until they fill a chunk. What is not yet a whole record when a chunk is taken moves to the next. */
export class ChunkBuilder {
  readonly #chunkBytes: number;
  readonly #memory: Buffers;
  #buffer: Buffer = none;
  #used = 0;
  #whole = 0;
  #records = 0;

  constructor({ chunkBytes, memory }: Pick<ChunkSizes, "chunkBytes" | "memory">) {
    this.#chunkBytes = chunkBytes;
    this.#memory = memory ?? new Buffers(0);
  }

  /** Whether nothing is gathered. */
  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /** Bytes that still fit; below 0 when one record is larger than a chunk. */
  get room(): number {
    return this.#chunkBytes - this.#used;
  }

  /** Whole records gathered. */
  get records(): number {
    return this.#records;
  }

  /** Bytes of the whole records gathered. */
  get wholeBytes(): number {
    return this.#whole;
  }

  /** Bytes of the record that is not whole yet. */
  get openBytes(): number {
    return this.#used - this.#whole;
  }

  /** @returns memory for as many bytes as still fit: what is written at its beginning can be appended without being copied */
  rest(): Buffer {
    if (this.#buffer.length < this.#chunkBytes) this.#grow(this.#chunkBytes);
    return this.#buffer.subarray(this.#used, this.#chunkBytes);
  }

  append(bytes: Uint8Array): void {
    const used = this.#used + bytes.length;
    if (used > this.#buffer.length) this.#grow(used);
    const isThere = bytes.buffer === this.#buffer.buffer && bytes.byteOffset === this.#used;
    if (!isThere) this.#buffer.set(bytes, this.#used);
    this.#used = used;
  }

  /** Appends the length that stands before a record of bytes. */
  appendLength(length: number): void {
    const head = Buffer.allocUnsafe(lengthBytes);
    head.writeUInt32BE(length);
    this.append(head);
  }

  /** Says that all but the last `openBytes` bytes are whole records, `records` more of them than before. */
  markWhole(records: number, openBytes = 0): void {
    if (records === 0) return;
    this.#records += records;
    this.#whole = this.#used - openBytes;
  }

  /** @returns the whole records from byte `from` on, until the next call only */
  wholeFrom(from: number): Buffer {
    return this.#buffer.subarray(from, this.#whole);
  }

  /** @returns the whole records, which are the caller's from now on */
  take(): PlainChunk {
    const full = this.#buffer;
    const whole = new Uint8Array(full.buffer, 0, this.#whole);
    const open = full.subarray(this.#whole, this.#used);
    // A short chunk does not hold on to a whole buffer.
    const isShort = whole.length < full.length / 2;
    const chunk = { bytes: isShort ? whole.slice() : whole, records: this.#records };
    this.#buffer = none;
    this.#used = 0;
    this.#whole = 0;
    this.#records = 0;
    if (open.length > 0) this.append(open);
    if (isShort) this.#memory.give(full);
    return chunk;
  }

  #grow(least: number): void {
    const { buffer } = this.#memory.take(Math.max(least, this.#chunkBytes, 2 * this.#buffer.length));
    const larger = Buffer.from(buffer);
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#memory.give(this.#buffer);
    this.#buffer = larger;
  }
}
