/** Cuts the plaintext of a chunk of lines into records that are views of it, and maps each. */

import { indexOfByte, lengthOf, makeBytes, makeInts } from "./_intrinsics.ts";
import { utf8OfText } from "./byte-text.ts";
import type { Engine } from "./engine.ts";
import { ones, zeroBytes } from "./four-bytes.ts";
import type { ByteRecords } from "./map-records.ts";
import type { Notes } from "./notes.ts";
import { Page, PageRoom } from "./page.ts";
import { chunkAt } from "./scanner-layout.ts";
import type { Scanner } from "./scanner.ts";
import { openText } from "./text.ts";
import type { Failure } from "./verdict.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** How many bytes of records are mapped in one call: between two of them a realm gives a sign of life. */
const batch = 65_536;

/** How far a line is looked for by itself: the built-in search is faster for what is longer. */
const nearby = 128;

/**
 * @param words - `bytes`, four at a time, as far as they go
 * @returns where the line ends that begins at `from`, without what ends it
 */
function lineEnd(bytes: Uint8Array, words: Int32Array, from: number, length: number): number {
  const near = from + nearby < length ? from + nearby : length;
  let at = from;
  for (; (at & 3) !== 0 && at < near; at++) if (bytes[at] === lineFeed) return at;
  while (at + 4 <= near && zeroBytes((words[at >> 2] as number) ^ (lineFeed * ones)) === 0) at += 4;
  const last = at + 4 < near ? at + 4 : near;
  for (; at < last; at++) if (bytes[at] === lineFeed) return at;
  const found = near < length ? indexOfByte(bytes, lineFeed, at) : -1;
  return found === -1 ? length : found;
}

/** Maps lines by an engine whose program reads its records as text. */
export class TextRecords {
  readonly #engine: Engine;
  readonly #room: PageRoom;
  #page: Page;
  /** Its bytes, four at a time. */
  #words = makeInts(0);
  readonly #notes: Notes | undefined;
  /** Of the scanner. */
  #placed: ArrayBuffer | undefined = undefined;

  /** @param scanner - in whose memory the batches lie */
  constructor(engine: Engine, scanner?: Scanner) {
    this.#engine = engine;
    this.#notes = scanner && engine.noteWith(scanner);
    this.#room = new PageRoom();
    this.#page = new Page(makeBytes(0), 0, this.#room);
  }

  /** @returns where the next lines are to be put, from {@link offset} on; undefined where any buffer will do */
  place(length: number): ArrayBuffer | undefined {
    this.#placed = this.#notes?.bufferFor(length);
    return this.#placed;
  }

  /** Where lines begin that were placed. */
  get offset(): number {
    return this.#placed === undefined ? 0 : chunkAt;
  }

  /**
   * Maps a batch of lines of UTF-8 that was checked; the last need not be ended. All of a chunk lie where they were placed,
   * or else from the beginning of `buffer` on.
   * @returns where the next line begins, or the failure that ended it, after which there is nothing but {@link close}
   */
  mapLines({ buffer, length, from }: ByteRecords): number {
    if (from === 0) this.#begin(this.#placed ?? buffer, length);
    const page = this.#page;
    const bytes = page.bytes;
    const words = this.#words;
    const until = length - from > batch ? from + batch : length;
    let at = from;
    while (at < until) {
      const to = lineEnd(bytes, words, at, length);
      const failure = this.#map(page, at, to > at && bytes[to - 1] === carriageReturn ? to - 1 : to);
      if (failure !== 0) return failure;
      at = to + 1;
    }
    page.end();
    const notes = this.#notes;
    const failure = notes === undefined ? 0 : this.#engine.guard(() => notes.settle());
    return failure === 0 ? at : failure;
  }

  /** All that was mapped is counted. */
  settle(): void {
    this.#notes?.end();
  }

  /** Nothing is mapped any more, whatever the last record came to. */
  close(): void {
    this.#page.end();
  }

  /** Maps one line that is there as a string, which is well-formed. */
  mapString(line: string): Failure | 0 {
    const bytes = utf8OfText(line);
    const length = lengthOf(bytes);
    const page = new Page(bytes, length, this.#room);
    const failure = this.#map(page, 0, length);
    page.end();
    return failure;
  }

  #begin(buffer: ArrayBuffer, length: number): void {
    const { offset } = this;
    this.#page = new Page(makeBytes(buffer, offset, length), length, this.#room);
    this.#words = makeInts(buffer, offset, length >> 2);
    if (offset > 0) this.#notes?.begin(this.#page);
  }

  #map(page: Page, start: number, end: number): Failure | 0 {
    page.begin(start);
    return this.#engine.map(openText(page, end));
  }
}
