/** Finds fields in UTF-8, one after the other. */

import { isSpace } from "./ascii.ts";
import { type ByteTable, hashStep } from "./byte-table.ts";
import { bytesBefore, firstBytes, spaceBytes } from "./four-bytes.ts";
import { bytesOf, findOn, type Page } from "./page.ts";
import type { Rest, Scan } from "./words.ts";

/** The fields of a part of a page: the longest runs without ASCII white space. */
export class FieldScan implements Scan {
  readonly page: Page;
  start = 0;
  end: number;

  readonly #to: number;

  constructor(page: Page, from: number, to: number) {
    this.page = page;
    this.end = from;
    this.#to = to;
  }

  get rest(): Rest {
    return { kind: "fields", page: this.page, from: this.end, to: this.#to };
  }

  close(): void {
    this.end = this.#to;
  }

  next(): boolean {
    const to = this.#to;
    const bytes = bytesOf(this.page, this.end);
    let at = this.end;
    while (at < to && isSpace(bytes[at] as number)) at++;
    this.start = at;
    while (at < to && !isSpace(bytes[at] as number)) at++;
    this.end = at;
    return at > this.start;
  }

  findCells(table: ByteTable, cells: Int32Array, room: number): number {
    const { page } = this;
    const { seed, multiplier } = table;
    const bytes = bytesOf(page, this.end);
    const { view } = page;
    const to = this.#to;
    const wide = to - 4;
    let at = this.end;
    let count = 0;
    while (count < room) {
      while (at < to && isSpace(bytes[at] as number)) at++;
      if (at === to) break;
      const start = at;
      let hash = seed;
      let marks = 0;
      while (at <= wide) {
        const word = view.getInt32(at, true);
        marks = spaceBytes(word);
        const length = marks === 0 ? 4 : bytesBefore(marks);
        hash = hashStep(hash, length === 4 ? word : firstBytes(word, length), multiplier);
        at += length;
        if (length < 4) break;
      }
      if (marks !== 0 && isSpace(bytes[at] as number)) cells[count++] = table.findIn(view, bytes, start, at, hash);
      else {
        // Among the last bytes, or with a control character in it that is no white space.
        while (at < to && !isSpace(bytes[at] as number)) at++;
        cells[count++] = findOn(page, start, at, table);
      }
    }
    this.end = at;
    return count;
  }
}
