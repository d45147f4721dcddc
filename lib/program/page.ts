/**
 * The bytes that texts are views of: lines, of which one is mapped at a time. A view is good while it begins within the
 * record at hand. Records come in the order in which they lie there, so that no later one makes an older view good again.
 */

import { type ByteView, lengthOf, makeBytes, makeView, typeError } from "./_intrinsics.ts";
import { type ByteTable, hashOf, hashStep, lastBytes } from "./byte-table.ts";
import { bytesBefore, firstBytes, ones, zeroBytes } from "./four-bytes.ts";

/** Where a record begins whose views are none. */
const nowhere = 2 ** 31 - 1;

/** Pages as short as a word are not looked at four bytes at a time: a view costs more than it saves. */
const short = 64;

/** What all pages of a task share. */
export class PageRoom {
  #bytes: Uint8Array = makeBytes(0);
  #length = 0;

  /** @returns room for `length` bytes, the same for every page that asks */
  bytes(length: number): Uint8Array {
    if (length > this.#length) {
      this.#bytes = makeBytes(length);
      this.#length = length;
    }
    return this.#bytes;
  }
}

/** No program gets hold of one. */
export class Page {
  /** UTF-8 that was checked. */
  bytes: Uint8Array;
  /** How many they are. */
  readonly length: number;
  /** Where the record at hand begins. */
  start: number = nowhere;
  readonly room: PageRoom;
  #view: ByteView | undefined = undefined;
  #lowered: Page | undefined = undefined;
  /** Other pages of the record at hand, which end with it. */
  #added: Page | undefined = undefined;

  /** @param length - of `bytes`, which may be longer */
  constructor(bytes: Uint8Array, length: number, room: PageRoom) {
    this.bytes = bytes;
    this.length = length;
    this.room = room;
  }

  /** The record at hand begins at `start`: views of those before are none any more. */
  begin(start: number): void {
    this.start = start;
    if (this.#lowered !== undefined) this.#lowered.start = start;
    if (this.#added !== undefined) this.#closeAdded();
  }

  /** The record at hand was mapped. */
  end(): void {
    this.begin(nowhere);
  }

  /** {@link bytes}, four at a time. */
  get view(): ByteView {
    if (this.#view === undefined) this.#view = makeView(this.bytes);
    return this.#view;
  }

  /** Where words of this page are put in lower case: each stands there where it stands here. */
  get lowered(): Page {
    if (this.#lowered !== undefined) return this.#lowered;
    const lowered = new Page(this.room.bytes(this.length), this.length, this.room);
    lowered.start = this.start;
    this.#lowered = lowered;
    return lowered;
  }

  /** @returns another page of the record at hand */
  add(bytes: Uint8Array): Page {
    const page = new Page(bytes, lengthOf(bytes), this.room);
    page.start = 0;
    page.#added = this.#added;
    this.#added = page;
    return page;
  }

  #closeAdded(): void {
    let page = this.#added;
    this.#added = undefined;
    for (; page !== undefined; page = page.#added) page.start = nowhere;
  }
}

/**
 * @param start - where a view of `page` begins
 * @returns the page's bytes
 * @throws {TypeError} when the view's record was mapped
 */
export function bytesOf(page: Page, start: number): Uint8Array {
  if (start < page.start) throw typeError("a Text is there only while its record is mapped");
  return page.bytes;
}

/**
 * @returns what `table` answers for the key `page.bytes[start..end)`
 * @throws {TypeError} as {@link bytesOf}
 */
export function findOn(page: Page, start: number, end: number, table: ByteTable): number {
  bytesOf(page, start);
  return lookUp(page, start, end, table);
}

/** As {@link findOn}, of a key whose record may have been mapped since it was emitted. */
export function lookUp(page: Page, start: number, end: number, table: ByteTable): number {
  const { bytes } = page;
  const { seed, multiplier } = table;
  const wide = page.length - 4;
  if (start > wide || page.length < short) return table.find(bytes, start, end, hashOf(bytes, start, end, seed));
  const { view } = page;
  let hash = seed;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = hashStep(hash, view.getInt32(at, true), multiplier);
  const rest = at <= wide ? firstBytes(view.getInt32(at, true), end - at) : lastBytes(bytes, at, end);
  return table.findIn(view, bytes, start, end, hashStep(hash, rest, multiplier));
}

/**
 * @param code - of an ASCII character
 * @returns where the first is in `page.bytes[start..end)`; `end` where there is none
 * @throws {TypeError} as {@link bytesOf}
 */
export function placeOf(page: Page, start: number, end: number, code: number): number {
  const bytes = bytesOf(page, start);
  const { view } = page;
  const sought = code * ones;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const marks = zeroBytes(view.getInt32(at, true) ^ sought);
    if (marks !== 0) return at + bytesBefore(marks);
  }
  while (at < end && bytes[at] !== code) at++;
  return at;
}
