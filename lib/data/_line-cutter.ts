/** Cuts a stream of lines into chunks, without looking at any of them by itself: where lines end, Node finds from behind. */

import { expectUtf8, recordTooLarge, type DataPlace } from "./_faults.ts";
import { countLineFeeds } from "./_line-feeds.ts";
import type { RecordReader } from "./_read-chunks.ts";
import { findLongLine } from "./line-survey.ts";
import { ChunkBuilder, type ChunkSizes, type PlainChunk } from "./plain-chunk.ts";

const lineFeed = 0x0a;
const oneLineFeed = Buffer.of(lineFeed);
/** Reading fewer bytes at once would cost more than copying them. */
const leastRoom = 65_536;

/** Reads lines of files. They must be UTF-8, and the last of a file need not be ended. */
export class LineCutter implements RecordReader {
  readonly #recordBytes: number;
  readonly #builder: ChunkBuilder;
  readonly #unit: DataPlace["unit"];
  #file = "";
  /** The line that is read now. */
  #number = 1;
  /** Where the present file's lines begin among the builder's bytes, and the number of the first of them. */
  #segmentFrom = 0;
  #segmentNumber = 1;
  /** Where in the file the builder's bytes begin, if they lie there one after the other. */
  #start: number | undefined = undefined;
  /** Where in the file the next byte is to lie. */
  #next: number | undefined = undefined;

  /** @param unit - what a line is in the user's eyes */
  constructor(sizes: ChunkSizes, unit: DataPlace["unit"] = "line") {
    this.#recordBytes = sizes.recordBytes;
    this.#builder = new ChunkBuilder(sizes);
    this.#unit = unit;
  }

  begin(file: string): void {
    this.#file = file;
    this.#segmentFrom = this.#builder.wholeBytes;
    this.#start = undefined;
    this.#next = undefined;
    this.skipTo(1);
  }

  /** Says which number the next line has. */
  skipTo(number: number): void {
    this.#number = number;
    this.#segmentNumber = number;
  }

  room(): Buffer | undefined {
    return this.#builder.room < leastRoom ? undefined : this.#builder.rest();
  }

  /** @throws {SealfoldError} LIMIT_RECORD, DATA_ENCODING */
  *read(block: Buffer, at?: number): Generator<PlainChunk> {
    this.#meet(at);
    const { length } = block; // it may be part of the chunk that is taken, and gone with it
    for (let from = 0; from < length;) {
      from = this.#push(block, from);
      const isFull = this.#builder.records > 0 && this.#builder.room <= 0;
      if (from < length || isFull) yield this.#take();
    }
  }

  /** Ends the file, and its last line where that is open. */
  *end(): Generator<PlainChunk> {
    if (this.#builder.openBytes > 0) yield* this.read(oneLineFeed);
    this.#checkSegment();
  }

  *finish(): Generator<PlainChunk> {
    if (this.#builder.records > 0) yield this.#take();
  }

  /** @returns up to where `block` was taken in: before its end when a chunk is full and must be taken first */
  #push(block: Buffer, from: number): number {
    const builder = this.#builder;
    const { length } = block;
    const { room } = builder;
    if (length - from > room) return this.#fill(block, from, room);
    this.#expectShort(block, from, length);
    const whole = Math.max(from, block.lastIndexOf(lineFeed) + 1);
    const count = countLineFeeds(block, from, whole);
    this.#append(block.subarray(from));
    builder.markWhole(count, length - whole);
    this.#number += count;
    return length;
  }

  /** Takes in the lines that end within `room` bytes; of a chunk that has none, one line though it be larger. */
  #fill(block: Buffer, from: number, room: number): number {
    let end = room > 0 ? block.lastIndexOf(lineFeed, from + room - 1) : -1;
    const fits = end >= from;
    if (!fits && this.#builder.records > 0) return from; // an open line that does not fit goes to the next chunk
    if (!fits) end = block.indexOf(lineFeed, from);
    const to = end === -1 ? block.length : end + 1;
    this.#expectShort(block, from, to);
    const count = countLineFeeds(block, from, to);
    this.#append(block.subarray(from, to));
    this.#builder.markWhole(count);
    this.#number += count;
    return to;
  }

  /** @throws {SealfoldError} LIMIT_RECORD when a line that ends in `block[from..to)`, or is open there, is too long */
  #expectShort(block: Buffer, from: number, to: number): void {
    const lineFrom = from - this.#builder.openBytes;
    const begin = findLongLine(block, { from, to, lineFrom, most: this.#recordBytes });
    if (begin !== undefined) throw this.#tooLarge(countLineFeeds(block, from, begin));
  }

  /** The next byte lies at `at`, wherever the one before does. */
  #meet(at: number | undefined): void {
    if (at !== this.#next) this.#start = undefined;
    this.#next = at;
  }

  #append(bytes: Uint8Array): void {
    if (this.#builder.isEmpty) this.#start = this.#next;
    if (this.#next !== undefined) this.#next += bytes.length;
    this.#builder.append(bytes);
  }

  #take(): PlainChunk {
    this.#checkSegment();
    this.#segmentFrom = 0;
    const start = this.#start;
    this.#start = this.#next === undefined ? undefined : this.#next - this.#builder.openBytes;
    const chunk = this.#builder.take();
    return start === undefined ? chunk : { ...chunk, source: { file: this.#file, start, length: chunk.bytes.length } };
  }

  #checkSegment(): void {
    expectUtf8(this.#builder.wholeFrom(this.#segmentFrom), this.#file, this.#segmentNumber);
    this.#segmentFrom = this.#builder.wholeBytes;
    this.#segmentNumber = this.#number;
  }

  #tooLarge(count: number): Error {
    return recordTooLarge({ file: this.#file, unit: this.#unit, number: this.#number + count }, this.#recordBytes);
  }
}
