/** Cuts the plaintext of a chunk of lines into records that are views of it, and maps each. */

import { lengthOf, makeBytes } from "./_intrinsics.ts";
import { utf8OfText } from "./byte-text.ts";
import type { Engine } from "./engine.ts";
import type { ByteRecords } from "./map-records.ts";
import { Page, PageSource } from "./page.ts";
import { openText } from "./text.ts";
import type { Failure } from "./verdict.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** How many bytes of records are mapped in one call: between two of them a realm gives a sign of life. */
const batch = 65_536;

/** Maps lines by an engine whose program reads its records as text. */
export class TextRecords {
  readonly #engine: Engine;
  readonly #source: PageSource;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#source = new PageSource(0);
  }

  /**
   * Maps a batch of lines of UTF-8 that was checked; the last need not be ended.
   * @returns where the next line begins, or the failure that ended it
   */
  mapLines({ buffer, length, from }: ByteRecords): number {
    const bytes = makeBytes(buffer, 0, length);
    const until = length - from > batch ? from + batch : length;
    let at = from;
    while (at < until) {
      let to = at;
      while (to < length && bytes[to] !== lineFeed) to++;
      const failure = this.#map(bytes, at, to > at && bytes[to - 1] === carriageReturn ? to - 1 : to);
      if (failure !== 0) return failure;
      at = to + 1;
    }
    return at;
  }

  /** Maps one line that is there as a string, which is well-formed. */
  mapString(line: string): Failure | 0 {
    const bytes = utf8OfText(line);
    return this.#map(bytes, 0, lengthOf(bytes));
  }

  #map(bytes: Uint8Array, start: number, end: number): Failure | 0 {
    const page = new Page(this.#source, bytes, start, end);
    const failure = this.#engine.map(openText(page));
    page.close();
    return failure;
  }
}
