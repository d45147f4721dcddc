/**
 * The first digit by which many keys are sorted: of 32 bits, into which goes as much of each key as fits. Bytes that all
 * keys have at a place take no room, and where few different ones occur, as of figures, they take little: nearly all
 * of millions of keys are then told apart at once. Runs outside of realms.
 */

import { rankOfByte } from "../data/keys.ts";
import { inBatches } from "./_in-batches.ts";

/** Keys as bytes, one after the other, and where each begins and the last ends. */
export interface KeyBytes {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
}

/** So many places behind the common beginning are looked at. */
const mostPlaces = 10;
/** The end of a key, and behind it the bytes. */
const marks = 257;

/** All bytes in the order of their ranks. */
const byRank: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => byte).sort(
  (a, b) => rankOfByte[a]! - rankOfByte[b]!,
);

export class KeyDigits {
  /** How many bytes of a key are in its digit: keys of one digit are the same up to here. */
  readonly depth: number;
  readonly #keys: KeyBytes;
  readonly #start: number;
  /** For each place, and the end and each byte, which of those that occur it is, in their order. */
  readonly #orders: Uint16Array;
  /** How many occur at each place. */
  readonly #sizes: number[] = [];

  /** @param cells - of the keys, at least one */
  constructor(keys: KeyBytes, cells: Int32Array) {
    this.#keys = keys;
    this.#start = commonStart(keys, cells);
    this.#orders = occurring(keys, cells, this.#start);
    let room = 1;
    for (let place = 0; place < mostPlaces; place++) {
      const size = numberMarks(this.#orders, place);
      if (room * size > 2 ** 32) break;
      room *= size;
      this.#sizes.push(size);
    }
    this.depth = this.#start + this.#sizes.length;
  }

  /** @returns a key's digit, below 2^32: in the order of their digits keys are in order, or have the same */
  of(cell: number): number {
    const { bytes, starts } = this.#keys;
    const orders = this.#orders;
    const sizes = this.#sizes;
    const places = sizes.length;
    const at = starts[cell]! + this.#start;
    const length = starts[cell + 1]! - at;
    const there = length < places ? length : places;
    let digit = 0;
    let place = 0;
    for (let row = 1; place < there; place++, row += marks) {
      digit = Math.imul(digit, sizes[place]!) + orders[row + bytes[at + place]!]!;
    }
    // The end is the first of what occurs.
    for (; place < places; place++) digit = Math.imul(digit, sizes[place]!);
    return digit >>> 0;
  }
}

/** @returns how many bytes all keys begin with */
function commonStart({ bytes, starts }: KeyBytes, cells: Int32Array): number {
  const first = starts[cells[0]!]!;
  let common = starts[cells[0]! + 1]! - first;
  inBatches(cells.length, (from, to) => {
    for (let index = from; index < to && common > 0; index++) {
      const start = starts[cells[index]!]!;
      common = Math.min(common, starts[cells[index]! + 1]! - start);
      let same = 0;
      while (same < common && bytes[start + same] === bytes[first + same]) same++;
      common = same;
    }
  });
  return common;
}

/** @returns for each place from `from` on, the end and each byte 1 where it occurs */
function occurring({ bytes, starts }: KeyBytes, cells: Int32Array, from: number): Uint16Array {
  const occurs = new Uint16Array(mostPlaces * marks);
  inBatches(cells.length, (first, last) => {
    for (let index = first; index < last; index++) {
      const at = starts[cells[index]!]! + from;
      const length = starts[cells[index]! + 1]! - at;
      const end = at + (length < mostPlaces ? length : mostPlaces);
      let row = 1;
      for (let next = at; next < end; next++, row += marks) occurs[row + bytes[next]!] = 1;
      if (length < mostPlaces) occurs[row - 1] = 1;
    }
  });
  // Who has ended, has ended at every later place.
  for (let row = marks; row < occurs.length; row += marks) occurs[row]! |= occurs[row - marks]!;
  return occurs;
}

/** Puts a number in the place of each 1. @returns how many there are */
function numberMarks(orders: Uint16Array, place: number): number {
  const row = place * marks;
  let size = 0;
  if (orders[row] === 1) orders[row] = size++;
  for (const byte of byRank) if (orders[row + 1 + byte] === 1) orders[row + 1 + byte] = size++;
  return size;
}
