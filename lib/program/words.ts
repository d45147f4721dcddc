/** Finds words in UTF-8, one after the other. */

import { exec, list, toLowerCase } from "./_intrinsics.ts";
import { isSpace, letters } from "./ascii.ts";
import { type ByteTable, hashStep } from "./byte-table.ts";
import { textOfUtf8, utf8OfText } from "./byte-text.ts";
import { bytesBefore, firstBytes, ones, otherBytes } from "./four-bytes.ts";
import { bytesOf, findOn, lookUp, type Page } from "./page.ts";

const letterRun = /\p{L}+/gu;

/** What a scan found last: a part of a page. */
export interface Found {
  readonly page: Page;
  readonly start: number;
  readonly end: number;
}

/** What a scan has not looked at yet. */
export interface Rest {
  readonly kind: "fields" | "words";
  readonly page: Page;
  readonly from: number;
  readonly to: number;
}

/** Finds one part after the other. */
export interface Scan extends Found {
  /** What it still finds is all in there; undefined where it is not. */
  readonly rest: Rest | undefined;
  /** Nothing is found any more. */
  close(): void;
  /** @returns whether there is another one. @throws {TypeError} when the record was mapped */
  next(): boolean;
  /**
   * Finds the next ones, and looks each up.
   * @param cells - gets what `table` answers for each, up to `room` of them
   * @returns how many there were: 0 where none is left
   * @throws {TypeError} when the record was mapped
   */
  findCells(table: ByteTable, cells: Int32Array, room: number): number;
}

/**
 * The words of a part of a page, as `toLowerCase().match(/\p{L}+/gu)` finds them in its string. Where there is nothing
 * but ASCII no string is made. Where there is more, the string of all between two white spaces says what the words are:
 * no further reaches what the lower case of a letter (of the Greek sigma) depends on.
 */
export class WordScan implements Scan {
  page: Page;
  start = 0;
  end = 0;

  readonly #source: Page;
  readonly #from: number;
  readonly #to: number;
  #at: number;
  #found: Page[] | undefined = undefined;
  #taken = 0;

  constructor(page: Page, from: number, to: number) {
    this.page = page;
    this.#source = page;
    this.#from = from;
    this.#at = from;
    this.#to = to;
  }

  next(): boolean {
    const bytes = bytesOf(this.#source, this.#from);
    while (this.#found === undefined || !this.#take()) {
      const to = this.#to;
      let at = this.#at;
      let byte = 0;
      let letter = 0;
      while (at < to) {
        byte = bytes[at] as number;
        letter = letters[byte] as number;
        if (letter !== 0 || byte >= 0x80) break;
        at++;
      }
      const start = at;
      let changed = 0;
      while (letter !== 0) {
        changed |= letter ^ byte;
        at++;
        if (at >= to) break;
        byte = bytes[at] as number;
        letter = letters[byte] as number;
      }
      if (byte >= 0x80) {
        this.#readText(start);
        continue;
      }
      this.#at = at;
      if (at === start) return false;
      this.#place(start, at, changed !== 0);
      return true;
    }
    return true;
  }

  /** The words from `at` on, where one begins that has more than ASCII, up to the next white space. */
  static ofText({ page, from, to }: Rest, at: number): WordScan {
    const scan = new WordScan(page, from, to);
    scan.#readText(at);
    return scan;
  }

  get rest(): Rest | undefined {
    if (this.#found !== undefined) return undefined;
    return { kind: "words", page: this.#source, from: this.#at, to: this.#to };
  }

  close(): void {
    this.#at = this.#to;
  }

  /** Where it goes on after the words of {@link ofText}. */
  get at(): number {
    return this.#at;
  }

  /** Looks up the words of {@link ofText}, as {@link findCells} does, whether or not their record was mapped. */
  takeCells(table: ByteTable, cells: Int32Array, room: number): number {
    let count = 0;
    while (count < room && this.#found !== undefined && this.#take()) {
      cells[count++] = lookUp(this.page, this.start, this.end, table);
    }
    return count;
  }

  findCells(table: ByteTable, cells: Int32Array, room: number): number {
    let count = 0;
    for (;;) {
      if (this.#found === undefined) count = this.#findPlain(table, cells, count, room);
      if (count === room || !this.next()) return count;
      cells[count++] = findOn(this.page, this.start, this.end, table);
    }
  }

  /** As {@link findCells}, from `found` on, up to the next word that may have more than ASCII, or is among the last bytes. */
  #findPlain(table: ByteTable, cells: Int32Array, found: number, room: number): number {
    const source = this.#source;
    const { seed, multiplier } = table;
    const bytes = bytesOf(source, this.#from);
    const { view } = source;
    const wide = this.#to - 4;
    let at = this.#at;
    let count = found;
    while (count < room) {
      while (at <= wide && letters[bytes[at] as number] === 0 && (bytes[at] as number) < 0x80) at++;
      const start = at;
      let hash = seed;
      let changed = 0;
      while (at <= wide) {
        const word = view.getInt32(at, true);
        const lower = word | (0x20 * ones);
        const others = otherBytes(lower);
        const length = others === 0 ? 4 : bytesBefore(others);
        if (length === 4) {
          hash = hashStep(hash, lower, multiplier);
          changed |= lower ^ word;
          at += 4;
          continue;
        }
        const rest = firstBytes(lower, length);
        hash = hashStep(hash, rest, multiplier);
        changed |= rest ^ firstBytes(word, length);
        at += length;
        break;
      }
      // The last bytes are looked at one by one.
      if (at > wide || at === start || (bytes[at] as number) >= 0x80) {
        at = start;
        break;
      }
      if (changed === 0) cells[count++] = table.findIn(view, bytes, start, at, hash);
      else {
        this.#lower(start, at);
        cells[count++] = table.findIn(this.page.view, this.page.bytes, start, at, hash);
      }
    }
    this.#at = at;
    return count;
  }

  #place(from: number, to: number, isLowered: boolean): void {
    if (isLowered) return this.#lower(from, to);
    this.page = this.#source;
    this.start = from;
    this.end = to;
  }

  #lower(from: number, to: number): void {
    this.page = loweredIn(this.#source, from, to);
    this.start = from;
    this.end = to;
  }

  /** Goes on by a string, from the white space before `at`, where no word was found yet, to the one after it. */
  #readText(at: number): void {
    const { bytes } = this.#source;
    let from = at;
    while (from > this.#from && !isSpace(bytes[from - 1] as number)) from--;
    let to = at;
    while (to < this.#to && !isSpace(bytes[to] as number)) to++;
    let known = 0;
    for (let index = from; index < at; index++) {
      const isLast = letters[bytes[index + 1] as number] === 0;
      if (isLast && letters[bytes[index] as number] !== 0) known++;
    }
    const text = toLowerCase(textOfUtf8(bytes, from, to));
    const found = list<Page>();
    letterRun.lastIndex = 0;
    for (let match = exec(letterRun, text); match !== null; match = exec(letterRun, text)) {
      if (known > 0) known--;
      else found[found.length] = this.#source.add(utf8OfText(match[0]));
    }
    this.#found = found;
    this.#taken = 0;
    this.#at = to;
  }

  #take(): boolean {
    const found = this.#found as Page[];
    const page = found[this.#taken++];
    if (page === undefined) {
      this.#found = undefined;
      return false;
    }
    this.page = page;
    this.start = 0;
    this.end = page.length;
    return true;
  }
}

/** @returns what `table` answers for the word of ASCII `page.bytes[start..end)`, in lower case */
export function lookUpLower(page: Page, start: number, end: number, table: ByteTable): number {
  return lookUp(loweredIn(page, start, end), start, end, table);
}

/** @returns the page on which the letters of ASCII `page.bytes[from..to)` stand in lower case, at the same place */
function loweredIn({ bytes, lowered }: Page, from: number, to: number): Page {
  const target = lowered.bytes;
  for (let at = from; at < to; at++) target[at] = letters[bytes[at] as number] as number;
  return lowered;
}
