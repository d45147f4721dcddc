/**
 * A record, or a part of one, as a view of bytes. A program gets views and nothing behind them: no constructor, no page,
 * no byte that it could write. Part of a realm's first script: nothing a program changes reaches it.
 */

import { charCodeAt, isWellFormed, iterator, makeBytes, rangeError, typeError } from "./_intrinsics.ts";
import { isContinuation, isSpace } from "./ascii.ts";
import type { ByteTable } from "./byte-table.ts";
import { beginsWith, findPart, isText, type Part, partOfText } from "./byte-search.ts";
import { textOfUtf8 } from "./byte-text.ts";
import { parseDecimal } from "./decimal.ts";
import { FieldScan } from "./field-scan.ts";
import { bytesOf, findOn, type Page, placeOf } from "./page.ts";
import type { Text } from "./tokens.ts";
import { type Scan, WordScan } from "./words.ts";

/** Takes keys that are parts of a page. */
export interface KeyNotes {
  /** @returns whether it took it */
  key(page: Page, start: number, end: number, value: number): boolean;
}

class TextView implements Text {
  readonly #page: Page;
  readonly #start: number;
  readonly #end: number;

  constructor(page: Page, start: number, end: number) {
    this.#page = page;
    this.#start = start;
    this.#end = end;
  }

  /** As {@link findIn}. */
  static findIn(table: ByteTable, key: unknown): number {
    if (typeof key !== "object" || key === null || !(#page in key)) return -1;
    return findOn(key.#page, key.#start, key.#end, table);
  }

  /** As {@link noteIn}. */
  static noteIn(notes: KeyNotes, key: unknown, value: number): boolean {
    if (typeof key !== "object" || key === null || !(#page in key)) return false;
    return notes.key(key.#page, key.#start, key.#end, value);
  }

  /** As {@link stringIn}. */
  static stringIn(value: unknown): string | undefined {
    if (typeof value !== "object" || value === null || !(#page in value)) return undefined;
    return textOfUtf8(bytesOf(value.#page, value.#start), value.#start, value.#end);
  }

  /** Undefined for a string that no UTF-8 stands for. */
  static #partOf(part: unknown): Part | undefined {
    if (typeof part === "object" && part !== null && #page in part) return part.#part();
    if (typeof part !== "string") throw typeError(`"part" expected a string or a Text, got ${typeof part}`);
    return isWellFormed(part) ? partOfText(part) : undefined;
  }

  static {
    withoutConstructor(this.prototype); // by its name it would be had too early once it is compiled
  }

  get length(): number {
    bytesOf(this.#page, this.#start);
    return this.#end - this.#start;
  }

  byteAt(at: number): number | undefined {
    const bytes = bytesOf(this.#page, this.#start);
    // Anything but a number could name a property, whose getter would get the bytes themselves.
    if (typeof at !== "number") throw typeError(`"at" expected a number, got ${typeof at}`);
    return at >= 0 && at < this.#end - this.#start ? bytes[this.#start + at] : undefined;
  }

  slice(start: number, end?: number): Text {
    const length = this.#end - this.#start;
    const from = this.#start + placeIn(length, start, 0);
    const to = this.#start + placeIn(length, end, length);
    const bytes = bytesOf(this.#page, this.#start);
    if (from >= to) return this.#view(from, from);
    if (isContinuation(bytes[from] as number) || (to < this.#end && isContinuation(bytes[to] as number))) {
      throw rangeError(`"slice" expected places between characters, got ${from - this.#start} and ${to - this.#start}`);
    }
    return this.#view(from, to);
  }

  split(separator: string): Text[] {
    const code = codeOf(separator);
    const bytes = bytesOf(this.#page, this.#start);
    const end = this.#end;
    const parts: Text[] = [];
    let from = this.#start;
    for (let at = from; at < end; at++) {
      if (bytes[at] !== code) continue;
      parts[parts.length] = this.#view(from, at);
      from = at + 1;
    }
    parts[parts.length] = this.#view(from, end);
    return parts;
  }

  cut(separator: string): [before: Text, after: Text] {
    const code = codeOf(separator);
    const page = this.#page;
    const start = this.#start;
    const end = this.#end;
    const at = placeOf(page, start, end, code);
    return [new TextView(page, start, at), new TextView(page, at < end ? at + 1 : end, end)];
  }

  part(index: number, separator: string): Text {
    const code = codeOf(separator);
    const page = this.#page;
    const bytes = bytesOf(page, this.#start);
    if (typeof index !== "number") throw typeError(`"index" expected a number, got ${typeof index}`);
    const last = this.#end;
    if (!(index >= 0) || index % 1 !== 0) return this.#view(last, last);
    let at = this.#start;
    for (let left = index; left > 0 && at <= last; at++) if (at === last || bytes[at] === code) left--;
    let end = at;
    while (end < last && bytes[end] !== code) end++;
    return at > last ? this.#view(last, last) : this.#view(at, end);
  }

  indexOf(part: string | Text, from?: number): number {
    const own = this.#part();
    const sought = TextView.#partOf(part);
    const start = placeIn(own.end - own.start, from, 0);
    return sought === undefined ? -1 : findPart(own, sought, start);
  }

  startsWith(part: string | Text): boolean {
    const own = this.#part();
    const sought = TextView.#partOf(part);
    return sought !== undefined && beginsWith(own, sought, own.start);
  }

  equals(other: string | Text): boolean {
    const own = this.#part();
    if (typeof other === "string") return isText(own, other);
    const sought = TextView.#partOf(other);
    return (
      sought !== undefined && sought.end - sought.start === own.end - own.start && beginsWith(own, sought, own.start)
    );
  }

  trim(): Text {
    const bytes = bytesOf(this.#page, this.#start);
    let start = this.#start;
    let end = this.#end;
    while (start < end && isSpace(bytes[start] as number)) start++;
    while (end > start && isSpace(bytes[end - 1] as number)) end--;
    return this.#view(start, end);
  }

  number(): number {
    return parseDecimal(bytesOf(this.#page, this.#start), this.#start, this.#end);
  }

  toString(): string {
    return textOfUtf8(bytesOf(this.#page, this.#start), this.#start, this.#end);
  }

  toBytes(): Uint8Array {
    const bytes = bytesOf(this.#page, this.#start);
    const copy = makeBytes(this.#end - this.#start);
    for (let at = this.#start; at < this.#end; at++) copy[at - this.#start] = bytes[at] as number;
    return copy;
  }

  words(): IterableIterator<Text> {
    return new Tokens(new WordScan(this.#page, this.#start, this.#end));
  }

  fields(): IterableIterator<Text> {
    return new Tokens(new FieldScan(this.#page, this.#start, this.#end));
  }

  #view(start: number, end: number): Text {
    return new TextView(this.#page, start, end);
  }

  #part(): Part {
    return { bytes: bytesOf(this.#page, this.#start), start: this.#start, end: this.#end };
  }
}

/** Gives what a scan finds, as texts. */
class Tokens implements IterableIterator<Text> {
  readonly #scan: Scan;

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  static {
    withoutConstructor(this.prototype);
  }

  /** As {@link scanOf}. */
  static scanOf(tokens: unknown): Scan | undefined {
    return typeof tokens === "object" && tokens !== null && #scan in tokens ? tokens.#scan : undefined;
  }

  next(): IteratorResult<Text> {
    const scan = this.#scan;
    if (!scan.next()) return { value: undefined, done: true };
    return { value: new TextView(scan.page, scan.start, scan.end), done: false };
  }

  [iterator](): this {
    return this;
  }
}

/** @returns a view of the record at hand, which ends before `end` */
export function openText(page: Page, end: number): Text {
  return new TextView(page, page.start, end);
}

/**
 * @returns the number that `key` has in `table`, or one of `refusedKey`; -1 where it is no text
 * @throws {TypeError} when its record was mapped
 */
export const findIn: (table: ByteTable, key: unknown) => number = TextView.findIn;

/** @returns whether `key` is a text, and `notes` took it with its value */
export const noteIn: (notes: KeyNotes, key: unknown, value: number) => boolean = TextView.noteIn;

/** @returns the string of a text; undefined for all else. @throws {TypeError} when its record was mapped */
export const stringIn: (value: unknown) => string | undefined = TextView.stringIn;

/** @returns what finds the texts that {@link Text.words} or {@link Text.fields} gave; undefined for all else */
export const scanOf: (tokens: unknown) => Scan | undefined = Tokens.scanOf;

/** Nobody makes a view of what is no page. */
function withoutConstructor(prototype: object): void {
  Reflect.deleteProperty(prototype, "constructor");
}

/** @returns where in `length` bytes a place is that counts from the end when it is below zero, as in `Array#slice`. */
function placeIn(length: number, place: number | undefined, otherwise: number): number {
  if (place === undefined) return otherwise;
  if (typeof place !== "number") throw typeError(`a place is a number, not of type ${typeof place}`);
  if (place >= length) return length;
  const whole = place - (place % 1);
  if (whole >= 0) return whole;
  return length + whole > 0 ? length + whole : 0; // of NaN too
}

/** @returns the code of a separator */
function codeOf(separator: string): number {
  const code = typeof separator === "string" && separator.length === 1 ? charCodeAt(separator, 0) : 0x80;
  if (code >= 0x80) throw typeError('"separator" expected one ASCII character');
  return code;
}
