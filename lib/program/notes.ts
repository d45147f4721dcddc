/**
 * What a program emitted under keys that lie in a chunk, and that was not looked up yet: single keys, or parts of which it
 * emitted all words or all fields. Many at once cost less than each by itself. Noted is only what cannot be refused, so that
 * a refusal never comes late; and whatever else looks keys up settles it first, so that keys come in the order in which
 * they were emitted.
 */

import { makeBytes, makeFloats, makeInts } from "./_intrinsics.ts";
import type { Groups } from "./groups.ts";
import type { NumberStates } from "./number-states.ts";
import { lookUp, Page, PageRoom } from "./page.ts";
import { mostPlaces } from "./scanner-layout.ts";
import type { Missed, Scanner } from "./scanner.ts";
import { lookUpLower, type Rest, WordScan } from "./words.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** The lower case of a character has at most so many bytes for each of its own. */
const mostGrowth = 2;
/** What was counted is told in a time in which some thousand keys are counted: not for each record. */
const mostChanges = 16;
/** The scanner's counts have 32 bits. */
const mostCounted = 2 ** 31;
/** Cells that are looked up at once of what is no ASCII. */
const portion = 64;

/** To settle few keys costs more than it saves, and to look up many that did not come lately: then no more are noted. */
const fewKeys = 8;
const mostWastes = 16;

/** What {@link Notes} work on. */
export interface NotesParts {
  readonly groups: Groups;
  readonly states: NumberStates;
  readonly scanner: Scanner;
  readonly keyBytes: number;
}

export class Notes {
  readonly #groups: Groups;
  readonly #states: NumberStates;
  readonly #scanner: Scanner;
  readonly #keyBytes: number;
  /** The chunk. */
  #page = new Page(makeBytes(0), 0, new PageRoom());
  /** Single keys that are noted; or else a part is. */
  #count = 0;
  #places = makeInts(0);
  readonly #values = makeFloats(mostPlaces);
  /** How many bytes of keys there may be beyond those that are noted. */
  #room = 0;
  /** The longest key that is noted. */
  #longest = 0;
  /** How many times in a row it was to no avail. */
  #wastes = 0;
  /** What part is noted: all of it is of one kind, and under one value. */
  #kind: Rest["kind"] = "fields";
  #from = 0;
  #to = 0;
  #value = 0;
  /** The most that it may take in the table of keys. */
  #bytes = 0;
  /** What the scanner's counts are of, if there are any. */
  #counted = 0;
  #hasCounts = false;
  /** Of the chunks that they are of: a bound of each. */
  #countedBytes = 0;
  /** How many times in this chunk they were told before they were of another value. */
  #changes = 0;
  readonly #cells = makeInts(portion);

  constructor({ groups, states, scanner, keyBytes }: NotesParts) {
    this.#groups = groups;
    this.#states = states;
    this.#scanner = scanner;
    this.#keyBytes = keyBytes;
  }

  /** As {@link Scanner.bufferFor}. */
  bufferFor(length: number): ArrayBuffer | undefined {
    return this.#scanner.bufferFor(length);
  }

  /** Parts of `page` are noted from now on: its bytes are those in the scanner's memory. */
  begin(page: Page): void {
    this.#page = page;
    this.#places = this.#scanner.places;
    this.#changes = 0;
    this.#longest = this.#keyBytes;
    if (this.#wastes === mostWastes) this.#wastes--; // one chance for each chunk
  }

  /**
   * Notes `value`, a finite number but not -0, under the key `page.bytes[start..end)`.
   * @returns whether it did
   * @throws {TypeError} through the verdict
   */
  key(page: Page, start: number, end: number, value: number): boolean {
    const length = end - start;
    if (page !== this.#page || start < page.start || length > this.#longest) return false;
    const index = this.#count;
    if (index === 0 || index === mostPlaces || length > this.#room) return this.#firstKey(start, end, value);
    this.#room -= length;
    this.#places[2 * index] = start;
    this.#places[2 * index + 1] = end;
    this.#values[index] = value;
    this.#count = index + 1;
    return true;
  }

  /**
   * Notes `value`, a finite number but not -0, under all tokens of a part.
   * @returns whether it did
   * @throws {TypeError} through the verdict
   */
  add({ kind, page, from, to }: Rest, value: number): boolean {
    if (page !== this.#page || from < page.start) return false;
    if (this.#changes === mostChanges && this.#hasCounts && value !== this.#counted) return false;
    const length = kind === "words" ? mostGrowth * (to - from) : to - from;
    const goesOn = this.#bytes > 0 && this.#kind === kind && this.#value === value && this.#isNextLine(from);
    if (!goesOn || this.#bytes + length > this.#groups.keys.leftBytes) {
      this.pass();
      this.#kind = kind;
      this.#value = value;
      this.#from = from;
    }
    this.#to = to;
    this.#bytes += length;
    // At once where one of them may be refused.
    if (length > this.#keyBytes || this.#bytes > this.#groups.keys.leftBytes) this.settle();
    return true;
  }

  /** As {@link settle}, before something that is not noted. */
  pass(): void {
    if (this.#count > 0) this.#settleKeys(this.#count < fewKeys);
    else if (this.#bytes > 0) this.#settlePart();
  }

  /** Looks up what is noted. @throws {TypeError} through the verdict */
  settle(): void {
    if (this.#count > 0) this.#settleKeys(false);
    else if (this.#bytes > 0) this.#settlePart();
  }

  #settleKeys(isWaste: boolean): void {
    const count = this.#count;
    const scanner = this.#scanner;
    const { cells } = scanner;
    const places = this.#places;
    this.#count = 0;
    scanner.find(count);
    const { missed } = scanner;
    if (missed > 0) {
      for (let index = 0; index < count; index++) {
        if (cells[index] !== -1) continue;
        cells[index] = this.#admit({
          start: places[2 * index] as number,
          end: places[2 * index + 1] as number,
          isLower: false,
        });
      }
      if (scanner.tallies > 0) this.#addTallies();
    }
    this.#states.addPairs(cells, this.#values, count, this.#groups.values);
    this.#wastes = isWaste || 2 * missed > count ? this.#wastes + 1 : 0;
    if (this.#wastes >= mostWastes) this.#longest = -1;
  }

  #settlePart(): void {
    this.#bytes = 0;
    this.#countAs(this.#value, this.#to - this.#from);
    const scanner = this.#scanner;
    const to = this.#to;
    const isLower = this.#kind === "words";
    for (let at = this.#from; at < to;) {
      at = isLower ? scanner.words(at, to) : scanner.fields(at, to);
      const { missed } = scanner;
      for (let miss = 0; miss < missed; miss++) {
        const start = scanner.misses[2 * miss] as number;
        const end = scanner.misses[2 * miss + 1] as number;
        this.#add(this.#admit({ start, end, isLower }), 1);
      }
      if (scanner.tallies > 0) this.#addTallies();
      if (isLower && scanner.needsText) at = this.#addText(at);
    }
  }

  /** Adds all that was counted: after the last record of a task. @throws {TypeError} through the verdict */
  end(): void {
    this.settle();
    if (this.#hasCounts) this.#tell();
  }

  /** As {@link key}, where something else was noted before, or there was no room. */
  #firstKey(start: number, end: number, value: number): boolean {
    this.settle();
    const length = end - start;
    this.#room = this.#groups.keys.leftBytes - length;
    if (this.#room < 0) return false;
    this.#places[0] = start;
    this.#places[1] = end;
    this.#values[0] = value;
    this.#count = 1;
    return true;
  }

  /** Whether a line ends between what is noted and `from`: no token goes over that. */
  #isNextLine(from: number): boolean {
    const { bytes } = this.#page;
    const to = this.#to;
    if (from === to + 1) return bytes[to] === lineFeed;
    return from === to + 2 && bytes[to] === carriageReturn && bytes[to + 1] === lineFeed;
  }

  #countAs(value: number, bytes: number): void {
    this.#countedBytes += bytes;
    if (this.#hasCounts && (value !== this.#counted || this.#countedBytes > mostCounted)) {
      this.#tell();
      this.#changes++;
      this.#countedBytes = bytes;
    }
    this.#counted = value;
    this.#hasCounts = true;
  }

  /** @returns the cell of what the scanner missed, which is told of it */
  #admit(key: Missed): number {
    const find = key.isLower ? lookUpLower : lookUp;
    const cell = this.#groups.admit(find(this.#page, key.start, key.end, this.#groups.keys));
    this.#scanner.keep(key, cell);
    return cell;
  }

  /** Adds the words that begin at `at`, of which one is no ASCII, up to the next white space. @returns where that is */
  #addText(at: number): number {
    const scan = WordScan.ofText({ kind: "words", page: this.#page, from: this.#from, to: this.#to }, at);
    const cells = this.#cells;
    for (;;) {
      const count = scan.takeCells(this.#groups.keys, cells, portion);
      if (count === 0) return scan.at;
      for (let index = 0; index < count; index++) this.#add(this.#groups.admit(cells[index] as number), 1);
    }
  }

  #tell(): void {
    this.#hasCounts = false;
    this.#countedBytes = 0;
    this.#scanner.tell();
    this.#addTallies();
  }

  #addTallies(): void {
    const { tallied, tallies } = this.#scanner;
    for (let index = 0; index < 2 * tallies; index += 2) {
      this.#add(tallied[index] as number, tallied[index + 1] as number);
    }
  }

  #add(cell: number, times: number): void {
    const { values } = this.#groups;
    const before = values[cell] as number;
    this.#states.addTimes(cell, this.#counted, times, before);
    values[cell] = before + times;
  }
}
