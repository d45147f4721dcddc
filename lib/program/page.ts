/** The bytes that texts are views of. They are taken away when their record was mapped, whoever still holds a view. */

import { lengthOf, makeBytes } from "./_intrinsics.ts";

/** What a page has whose record was mapped. */
export const goneBytes: Uint8Array = makeBytes(0);

/** What is said of a view of such a page. */
export const goneText = "a Text is there only while its record is mapped";

const firstRoom = 4096;

/** What the pages of all records have in common. */
export class PageSource {
  /** Of the table in which texts are looked up. */
  readonly seed: number;
  #lowered: Uint8Array = makeBytes(firstRoom);
  #room = firstRoom;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** @returns room for at least `length` bytes, the same for every record */
  loweredRoom(length: number): Uint8Array {
    if (length > this.#room) {
      while (length > this.#room) this.#room *= 2;
      this.#lowered = makeBytes(this.#room);
    }
    return this.#lowered;
  }
}

/** No program gets hold of one. */
export class Page {
  /** UTF-8 that was checked. */
  bytes: Uint8Array;
  readonly source: PageSource;
  /** Where the record begins in {@link bytes}, and where it ends. */
  readonly start: number;
  readonly end: number;
  #next: Page | undefined = undefined;
  #lowered: Page | undefined = undefined;

  constructor(source: PageSource, bytes: Uint8Array, start: number, end: number) {
    this.source = source;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** For words of this record in lower case: each stands there as far from the beginning as it stands in the record. */
  get lowered(): Page {
    return (this.#lowered ??= this.add(this.source.loweredRoom(this.end - this.start)));
  }

  /** @returns another page of the same record */
  add(bytes: Uint8Array): Page {
    const page = new Page(this.source, bytes, 0, lengthOf(bytes));
    page.#next = this.#next;
    this.#next = page;
    return page;
  }

  /** Takes the bytes away, from all pages of this record. */
  close(): void {
    this.bytes = goneBytes;
    for (let page = this.#next; page !== undefined; page = page.#next) page.bytes = goneBytes;
  }
}
