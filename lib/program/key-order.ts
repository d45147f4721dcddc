/**
 * Puts an engine's keys in the order of `compareKeys` without making strings of them: first by as many bytes as the
 * bytes that occur let 32 bits tell apart, then by four at a time, with V8's own sort of integers. Runs outside of realms.
 */

import { compareKeys, rankOfByte } from "../data/keys.ts";
import { inBatches } from "./_in-batches.ts";
import { jsonMark } from "./byte-table.ts";
import { type KeyBytes, KeyDigits } from "./key-digits.ts";

/** So few keys are compared one with the other, and so few digits sorted here: a call of V8's sort costs more. */
const few = 6;
const some = 96;
/** For fewer a digit of their own is not worth its tables. */
const many = 2048;

/** @returns the numbers of the cells that `isThere`, in the order of their keys */
export function orderOfKeys(keys: KeyBytes, count: number, isThere: (cell: number) => boolean): Int32Array {
  const others: number[] = [];
  const strings = new Int32Array(count);
  let used = 0;
  inBatches(count, (from, to) => {
    for (let cell = from; cell < to; cell++) {
      if (!isThere(cell)) continue;
      if (keys.bytes[keys.starts[cell]!] === jsonMark && keys.starts[cell + 1]! > keys.starts[cell]!) others.push(cell);
      else strings[used++] = cell;
    }
  });
  const sorted = new KeySorter(keys, strings.subarray(0, used)).sorted();
  if (others.length === 0) return sorted;
  const order = new Int32Array(others.length + used);
  order.set(inOrder(keys, others));
  order.set(sorted, others.length);
  return order;
}

/** Sorts string keys: MSD radix sort with one digit that is told by the keys, and then digits of four bytes. */
class KeySorter {
  readonly #keys: KeyBytes;
  readonly #cells: Int32Array;
  /** For each place the cell, and above it the digit: little-endian halves of 64 bits. */
  readonly #words: BigUint64Array;
  readonly #halves: Uint32Array;

  constructor(keys: KeyBytes, cells: Int32Array) {
    this.#keys = keys;
    this.#cells = cells;
    this.#words = new BigUint64Array(cells.length);
    this.#halves = new Uint32Array(this.#words.buffer);
  }

  sorted(): Int32Array {
    // Ranges whose keys are the same up to a depth.
    const waiting: (readonly [from: number, to: number, depth: number])[] = [];
    if (this.#cells.length > many) this.#splitAll((from, to, depth) => waiting.push([from, to, depth]));
    else waiting.push([0, this.#cells.length, 0]);
    for (let range = waiting.pop(); range !== undefined; range = waiting.pop()) {
      const [from, to, depth] = range;
      if (to - from <= few) this.#insert(from, to, depth);
      else this.#split(from, to, depth, (start, end) => waiting.push([start, end, depth + 4]));
    }
    return this.#cells;
  }

  /** Most keys have their place after this: deeper digits are read all over memory, these from front to back. */
  #splitAll(visit: (start: number, end: number, depth: number) => void): void {
    const cells = this.#cells;
    const digits = new KeyDigits(this.#keys, cells);
    const halves = this.#halves;
    inBatches(cells.length, (from, to) => {
      for (let at = from; at < to; at++) {
        const cell = cells[at]!;
        halves[2 * at + lowHalf] = cell;
        halves[2 * at + 1 - lowHalf] = digits.of(cell);
      }
    });
    this.#words.sort();
    inBatches(cells.length, (from, to) => this.#take(from, to));
    // Keys whose digits are the same go on behind it, but for one of them that may end there.
    this.#eachRange(0, cells.length, (start, end) => visit(start, end, digits.depth));
  }

  // oxlint-disable-next-line max-params
  #split(from: number, to: number, depth: number, visit: (start: number, end: number) => void): void {
    const halves = this.#halves;
    const first = this.#digit(this.#cells[from]!, depth);
    let isSame = true;
    for (let at = from; at < to; at++) {
      const cell = this.#cells[at]!;
      const digit = this.#digit(cell, depth);
      halves[2 * at + lowHalf] = cell;
      halves[2 * at + 1 - lowHalf] = digit;
      isSame &&= digit === first;
    }
    if (!isSame) {
      if (to - from > some) this.#words.subarray(from, to).sort();
      else this.#insertDigits(from, to);
      this.#take(from, to);
    }
    // A digit that ends in 0 ends its key, and no other is the same.
    this.#eachRange(from, to, visit);
  }

  /** Puts the cells where their words are. */
  #take(from: number, to: number): void {
    const halves = this.#halves;
    for (let at = from; at < to; at++) this.#cells[at] = halves[2 * at + lowHalf]!;
  }

  /** Visits the places whose digits are the same, where they are more than one. */
  #eachRange(from: number, to: number, visit: (start: number, end: number) => void): void {
    const halves = this.#halves;
    for (let start = from; start < to;) {
      const digit = halves[2 * start + 1 - lowHalf]!;
      let end = start + 1;
      while (end < to && halves[2 * end + 1 - lowHalf] === digit) end++;
      if (end - start > 1) visit(start, end);
      start = end;
    }
  }

  #insertDigits(from: number, to: number): void {
    const halves = this.#halves;
    const high = 1 - lowHalf;
    for (let at = from + 1; at < to; at++) {
      const digit = halves[2 * at + high]!;
      const cell = halves[2 * at + lowHalf]!;
      let place = at;
      for (; place > from && halves[2 * place - 2 + high]! > digit; place--) {
        halves[2 * place + high] = halves[2 * place - 2 + high]!;
        halves[2 * place + lowHalf] = halves[2 * place - 2 + lowHalf]!;
      }
      halves[2 * place + high] = digit;
      halves[2 * place + lowHalf] = cell;
    }
  }

  /** Four bytes of a key, the first on top, each by its rank; 0 where the key has ended. */
  #digit(cell: number, depth: number): number {
    const { bytes, starts } = this.#keys;
    const at = starts[cell]! + depth;
    const end = starts[cell + 1]!;
    let digit = 0;
    for (let index = 0; index < 4; index++) {
      digit = (digit << 8) | (at + index < end ? rankOfByte[bytes[at + index]!]! : 0);
    }
    return digit >>> 0;
  }

  #insert(from: number, to: number, depth: number): void {
    const cells = this.#cells;
    for (let at = from + 1; at < to; at++) {
      const cell = cells[at]!;
      let place = at;
      for (; place > from && this.#isBefore(cell, cells[place - 1]!, depth); place--) cells[place] = cells[place - 1]!;
      cells[place] = cell;
    }
  }

  #isBefore(a: number, b: number, depth: number): boolean {
    const { bytes, starts } = this.#keys;
    const aEnd = starts[a + 1]!;
    const bEnd = starts[b + 1]!;
    let bAt = starts[b]! + depth;
    for (let aAt = starts[a]! + depth; aAt < aEnd && bAt < bEnd; aAt++, bAt++) {
      const aByte = bytes[aAt]!;
      const bByte = bytes[bAt]!;
      if (aByte !== bByte) return rankOfByte[aByte]! < rankOfByte[bByte]!;
    }
    return aEnd - starts[a]! < bEnd - starts[b]!;
  }
}

/** Whose index of a pair of 32 bits is the low half of one of 64. */
const lowHalf = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/** Keys that are no strings. */
function inOrder({ bytes, starts }: KeyBytes, cells: readonly number[]): number[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const texts = cells.map((cell) => [cell, all.toString("utf8", starts[cell]! + 1, starts[cell + 1])] as const);
  texts.sort((a, b) => compareKeys(1, a[1], 1, b[1]));
  return texts.map(([cell]) => cell);
}
