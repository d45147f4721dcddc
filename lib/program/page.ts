/**
 * The bytes that texts are views of: lines, of which one is mapped at a time. A view is good while it begins within the
 * record at hand. Records come in the order in which they lie there, so that no later one makes an older view good again.
 */

import { lengthOf, makeBytes, typeError } from "./_intrinsics.ts";
import { multiplierOf } from "./byte-table.ts";

/** Where a record begins whose views are none. */
const nowhere = 2 ** 31 - 1;

/** What all pages of a task share. */
export class PageRoom {
  /** Of the table in which texts are looked up. */
  readonly seed: number;
  /** That goes with {@link seed}. */
  readonly multiplier: number;
  #bytes: Uint8Array = makeBytes(0);
  #length = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.multiplier = multiplierOf(seed);
  }

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
  #lowered: Page | undefined = undefined;
  /** Other pages of the record at hand, which end with it. */
  #added: Page | undefined = undefined;

  /** @param length - of `bytes` */
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
