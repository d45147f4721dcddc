/**
 * Columns of doubles, a number for each key: a value costs no allocation. Sums are exact, as those of `exact-sum.ts`, into
 * which goes what a column could not hold without rounding.
 */

import { isArray, keys, makeFloats, readyFloats, setBytes, table, typeError } from "./_intrinsics.ts";
import { dataText } from "./data-text.ts";
import { addExact, binned, type ExactSum, mergeExact, toCoarse, toFine } from "./exact-sum.ts";
import type { Packer } from "./packer.ts";
import type { Unpacker } from "./unpacker.ts";
import { status, type Verdict } from "./verdict.ts";

/** The first byte of a packed sum that is no number: of one in two bins, and of one that is JSON. */
const sumTag = { bins: 3, json: 4 } as const;

/** Bins as in `exact-sum.ts`: up to here, and with one more value or bin as large, they are at most 2^52 units. */
const mostCoarse = 2 ** 35;
const mostFine = 2 ** -13;
/** The most parts of an exact sum: doubles of 53 bits that do not overlap, over all exponents. */
const maxParts = 64;

/** Exact sums. */
export class SumColumn {
  readonly #verdict: Verdict;
  #coarse = makeFloats(0);
  #fine = makeFloats(0);
  /** What went beyond the bins. */
  readonly #rest = table<number, ExactSum>();
  #hasRest = false;

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  grow(room: number): void {
    this.#coarse = grown(this.#coarse, readyFloats(room));
    this.#fine = grown(this.#fine, makeFloats(room)); // of integers nothing is ever written to it
  }

  /** @throws {TypeError} when `value` is no finite number */
  add(cell: number, value: number): void {
    if (typeof value === "number" && value < binned && value > -binned) {
      const coarse = value + toCoarse - toCoarse;
      const fine = value - coarse;
      if (fine + toFine - toFine === fine) {
        if (fine !== 0) this.#addFine(cell, fine);
        this.#addCoarse(cell, coarse);
        return;
      }
    }
    this.#rest.set(cell, addExact(this.#restOf(cell), value));
    this.#hasRest = true;
  }

  /** Adds a finite number `times` times. */
  addTimes(cell: number, value: number, times: number): void {
    // Products of integers, as large as bins take them, are exact.
    const most = value % 1 === 0 ? (binned - 1) / (value < 0 ? -value : value) : 1;
    const at = most < 1 ? 1 : most > times ? times : most - (most % 1);
    let left = times;
    for (; left > at; left -= at) this.add(cell, value * at);
    this.add(cell, value * left);
  }

  merge(cell: number, sum: unknown): void {
    if (typeof sum === "number" && sum - sum === 0) return this.add(cell, sum);
    if (!isExpansion(sum)) this.#verdict.refuse(status.state, "a state is malformed");
    this.#rest.set(cell, mergeExact(this.#restOf(cell), sum as ExactSum));
    this.#hasRest = true;
  }

  /** A number where that is the exact sum, and a safe integer. */
  sumOf(cell: number): ExactSum {
    const coarse = this.#coarse[cell] as number;
    if (this.#fine[cell] === 0 && coarse % 1 === 0 && !this.#isBeyond(cell)) return coarse;
    this.#spill(cell);
    return this.#restOf(cell);
  }

  pack(cell: number, packer: Packer): void {
    if (this.#isBeyond(cell)) {
      packer.byte(sumTag.json);
      packer.text(dataText(this.sumOf(cell), this.#verdict));
    } else if (this.#fine[cell] === 0) packer.number(this.#coarse[cell] as number);
    else {
      packer.byte(sumTag.bins);
      packer.double(this.#coarse[cell] as number);
      packer.double(this.#fine[cell] as number);
    }
  }

  unpack(cell: number, from: Unpacker): void {
    const tag = from.byte();
    if (tag === sumTag.bins) this.#addBins(cell, from.double(), from.double());
    else if (tag === sumTag.json) this.merge(cell, from.json());
    else this.add(cell, from.number(tag));
  }

  /** Takes whatever doubles there are: as bins where they are such. */
  #addBins(cell: number, coarse: number, fine: number): void {
    const isCoarse = coarse <= mostCoarse && coarse >= -mostCoarse && coarse + toCoarse - toCoarse === coarse;
    if (isCoarse && fine <= mostFine && fine >= -mostFine && fine + toFine - toFine === fine) {
      this.#addFine(cell, fine);
      this.#addCoarse(cell, coarse);
    } else {
      this.add(cell, coarse);
      this.add(cell, fine);
    }
  }

  #addCoarse(cell: number, coarse: number): void {
    const total = (this.#coarse[cell] as number) + coarse;
    this.#coarse[cell] = total;
    if (total > mostCoarse || total < -mostCoarse) this.#spill(cell);
  }

  #addFine(cell: number, fine: number): void {
    const total = (this.#fine[cell] as number) + fine;
    this.#fine[cell] = total;
    if (total > mostFine || total < -mostFine) this.#carry(cell, total);
  }

  /** What is coarse of a fine sum goes over: a multiple of 2^-16, so that both are exact. */
  #carry(cell: number, fine: number): void {
    const coarse = fine + toCoarse - toCoarse;
    this.#fine[cell] = fine - coarse;
    this.#addCoarse(cell, coarse);
  }

  #isBeyond(cell: number): boolean {
    return this.#hasRest && this.#rest.get(cell) !== undefined;
  }

  #restOf(cell: number): ExactSum {
    return this.#rest.get(cell) ?? 0;
  }

  #spill(cell: number): void {
    const sum = addExact(this.#restOf(cell), this.#coarse[cell] as number);
    this.#rest.set(cell, addExact(sum, this.#fine[cell] as number));
    this.#hasRest = true;
    this.#coarse[cell] = 0;
    this.#fine[cell] = 0;
  }
}

/** Smallest or greatest numbers. */
export class ExtremeColumn {
  readonly #sign: 1 | -1;
  #values = makeFloats(0);

  /** @param sign - 1 for the greatest, -1 for the smallest */
  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  grow(room: number): void {
    this.#values = grown(this.#values, readyFloats(room));
  }

  /** @throws {TypeError} when `value` is no finite number */
  add(cell: number, value: unknown, before: number): void {
    if (typeof value !== "number" || value - value !== 0) throw typeError("min and max take finite numbers only");
    const known = this.#values[cell] as number;
    if (before === 0 || (this.#sign === 1 ? value > known : value < known)) this.#values[cell] = value + 0;
  }

  valueOf(cell: number): number {
    return this.#values[cell] as number;
  }
}

/** @returns whether `data` is a number, as JSON has them */
export function isNumber(data: unknown): data is number {
  return typeof data === "number" && data - data === 0;
}

/** @returns whether `data` is an object, and no array */
export function isObject(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null && !isArray(data);
}

function isExpansion(data: unknown): boolean {
  if (!isObject(data) || keys(data).length !== 5) return false;
  const { coarse, fine, room, low, high } = data;
  return isNumber(coarse) && isNumber(fine) && isNumber(room) && room >= 0 && isParts(low) && isParts(high);
}

function isParts(data: unknown): boolean {
  if (!isArray(data) || data.length > maxParts) return false;
  for (let index = 0; index < data.length; index++) if (!isNumber(data[index])) return false;
  return true;
}

function grown(column: Float64Array, larger: Float64Array): Float64Array {
  setBytes(larger, column);
  return larger;
}
