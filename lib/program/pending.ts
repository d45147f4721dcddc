/** What a record that may turn out bad emitted: it counts once the record is good. */

import { list } from "./_intrinsics.ts";
import type { Verdict } from "./verdict.ts";

/** Values of one key that were combined elsewhere. */
export interface Merge {
  readonly cell: number;
  readonly values: number;
  readonly state: unknown;
}

/** Where it goes. */
export interface Taker {
  add(cell: number, value: unknown): void;
  merge(merge: Merge): void;
}

export class Pending {
  readonly #verdict: Verdict;
  readonly #most: number;
  /** Cells and values in turn. */
  readonly #cells = list<number>();
  readonly #values = list<unknown>();
  readonly #merges = list<Merge>();
  #count = 0;
  /** A bound from below of what they take, in UTF-16 units. */
  #units = 0;

  /** @param most - how many units there may be */
  constructor(verdict: Verdict, most: number) {
    this.#verdict = verdict;
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.#merges.length === 0;
  }

  /** @throws {TypeError} through the verdict when it is more than may be put out */
  put(cell: number, value: unknown): void {
    // A number, or what was parsed again, takes a word at least.
    this.#take(typeof value === "string" ? value.length : 8);
    this.#cells[this.#count] = cell;
    this.#values[this.#count] = value;
    this.#count++;
  }

  /** @throws {TypeError} likewise */
  putMerge(merge: Merge, units: number): void {
    this.#take(units);
    this.#merges[this.#merges.length] = merge;
  }

  /** All of it counts. */
  settle(taker: Taker): void {
    const count = this.#count;
    this.#count = 0;
    this.#units = 0;
    for (let index = 0; index < count; index++) taker.add(this.#cells[index] as number, this.#values[index]);
    for (let index = 0; index < this.#merges.length; index++) taker.merge(this.#merges[index] as Merge);
    this.#merges.length = 0;
  }

  /** Nothing of it counts. */
  clear(): void {
    this.#count = 0;
    this.#units = 0;
    this.#merges.length = 0;
  }

  #take(units: number): void {
    this.#units += units;
    if (this.#units > this.#most) this.#verdict.refuseOutput();
  }
}
