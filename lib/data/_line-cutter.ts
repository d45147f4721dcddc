/** Cuts a stream of lines into chunks, without making a string or an object for any of them. */

import { expectUtf8, recordTooLarge, type DataPlace } from "./_faults.ts";
import type { RecordReader } from "./_read-chunks.ts";
import { ChunkBuilder, type ChunkSizes, type PlainChunk } from "./plain-chunk.ts";

const lineFeed = 0x0a;
const fourLineFeeds = 0x0a0a0a0a;
const oneLineFeed = Buffer.of(lineFeed);

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

  /** @param unit - what a line is in the user's eyes */
  constructor(sizes: ChunkSizes, unit: DataPlace["unit"] = "line") {
    this.#recordBytes = sizes.recordBytes;
    this.#builder = new ChunkBuilder(sizes);
    this.#unit = unit;
  }

  begin(file: string): void {
    this.#file = file;
    this.#segmentFrom = this.#builder.wholeBytes;
    this.skipTo(1);
  }

  /** Says which number the next line has. */
  skipTo(number: number): void {
    this.#number = number;
    this.#segmentNumber = number;
  }

  /** @throws {SealfoldError} LIMIT_RECORD, DATA_ENCODING */
  *read(block: Uint8Array): Generator<PlainChunk> {
    let from = 0;
    for (;;) {
      from = this.#push(block, from);
      if (from === block.length) return;
      yield this.#take();
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
  #push(block: Uint8Array, from: number): number {
    const builder = this.#builder;
    const { length } = block;
    const most = this.#recordBytes;
    const gathered = builder.records;
    const fit = from + builder.room;
    let lineFrom = from - builder.openBytes;
    let count = 0;
    let whole = from;
    const words = wordsOf(block);
    for (let at = from; (at = findLineFeed(block, words, at)) < length; at++) {
      if (at - lineFrom > most) throw this.#tooLarge(count);
      if (at >= fit && gathered + count > 0) return this.#append(block.subarray(from, whole), count, whole);
      lineFrom = at + 1;
      whole = lineFrom;
      count++;
    }
    if (length - lineFrom > most) throw this.#tooLarge(count);
    // An open line that does not fit goes to the next chunk.
    if (length > fit && gathered + count > 0) return this.#append(block.subarray(from, whole), count, whole);
    builder.append(block.subarray(from));
    builder.markWhole(count, length - lineFrom);
    this.#number += count;
    return length;
  }

  #append(lines: Uint8Array, count: number, to: number): number {
    this.#builder.append(lines);
    this.#builder.markWhole(count);
    this.#number += count;
    return to;
  }

  #take(): PlainChunk {
    this.#checkSegment();
    this.#segmentFrom = 0;
    return this.#builder.take();
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

/** @returns the block four bytes at a time, or undefined where it does not lie so in memory */
function wordsOf(block: Uint8Array): Int32Array | undefined {
  if (block.byteOffset % 4 !== 0) return undefined;
  return new Int32Array(block.buffer, block.byteOffset, block.length >> 2);
}

/** @returns where the next line feed is, or the length when there is none */
function findLineFeed(block: Uint8Array, words: Int32Array | undefined, from: number): number {
  const { length } = block;
  let at = from;
  if (words !== undefined) {
    for (; at % 4 !== 0 && at < length; at++) if (block[at] === lineFeed) return at;
    let word = at >> 2;
    for (; word < words.length; word++) {
      // A byte of `zeros` is 0 where there is a line feed; the test finds whether any is, in any byte order.
      const zeros = (words[word] as number) ^ fourLineFeeds;
      if (((zeros - 0x01010101) & ~zeros & 0x80808080) !== 0) break;
    }
    at = Math.max(at, word << 2);
  }
  while (at < length && block[at] !== lineFeed) at++;
  return at;
}
