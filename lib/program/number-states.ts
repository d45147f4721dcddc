/** The states of the library's own aggregates over numbers: what they come to is the same as theirs, bit for bit. */

import { bare, keys } from "./_intrinsics.ts";
import { ExtremeColumn, isNumber, isObject, SumColumn } from "./number-columns.ts";
import type { Packer } from "./packer.ts";
import type { NumberAggregate } from "./program.ts";
import type { States } from "./states.ts";
import type { Unpacker } from "./unpacker.ts";
import { status, type Verdict } from "./verdict.ts";

/** They take many values at once. */
export abstract class NumberStates implements States {
  abstract grow(room: number): void;
  abstract add(cell: number, value: unknown, before: number): void;
  abstract merge(cell: number, state: unknown, values: number, before: number): void;
  abstract stateOf(cell: number, values: number): unknown;
  abstract pack(cell: number, packer: Packer): void;
  abstract unpack(cell: number, from: Unpacker, values: number, before: number): void;

  /**
   * Adds one value, a finite number but not -0, to each of the first `count` of `cells`.
   * @param known - how many values each cell has: that too goes up
   */
  addEach(cells: Int32Array, count: number, value: number, known: Float64Array): void {
    for (let index = 0; index < count; index++) {
      const cell = cells[index] as number;
      const before = known[cell] as number;
      this.add(cell, value, before);
      known[cell] = before + 1;
    }
  }

  /** As {@link addEach}, of a value of its own for each. */
  addPairs(cells: Int32Array, values: Float64Array, count: number, known: Float64Array): void {
    for (let index = 0; index < count; index++) {
      const cell = cells[index] as number;
      const before = known[cell] as number;
      this.add(cell, values[index], before);
      known[cell] = before + 1;
    }
  }

  /** Adds one value, likewise, so many times: at least once. */
  addTimes(cell: number, value: number, times: number, before: number): void {
    for (let time = 0; time < times; time++) this.add(cell, value, before + time);
  }
}

class SumStates extends NumberStates {
  readonly #sums: SumColumn;

  constructor(verdict: Verdict) {
    super();
    this.#sums = new SumColumn(verdict);
  }

  grow(room: number): void {
    this.#sums.grow(room);
  }

  add(cell: number, value: unknown): void {
    this.#sums.add(cell, value as number);
  }

  override addTimes(cell: number, value: number, times: number): void {
    this.#sums.addTimes(cell, value, times);
  }

  merge(cell: number, state: unknown): void {
    this.#sums.merge(cell, state);
  }

  stateOf(cell: number): unknown {
    return this.#sums.sumOf(cell);
  }

  pack(cell: number, packer: Packer): void {
    this.#sums.pack(cell, packer);
  }

  unpack(cell: number, from: Unpacker): void {
    this.#sums.unpack(cell, from);
  }
}

/** How many values there were is counted anyway. */
class CountStates extends NumberStates {
  readonly #verdict: Verdict;

  constructor(verdict: Verdict) {
    super();
    this.#verdict = verdict;
  }

  grow(): void {
    // There is nothing to keep.
  }

  add(): void {
    // Whatever the value is.
  }

  override addTimes(): void {
    // Likewise.
  }

  merge(_cell: number, state: unknown, values: number): void {
    if (state !== values) this.#verdict.refuse(status.state, "a state is malformed");
  }

  stateOf(_cell: number, values: number): unknown {
    return values;
  }

  pack(): void {
    // The number of values is packed with the key.
  }

  unpack(): void {
    // Likewise.
  }
}

class ExtremeStates extends NumberStates {
  readonly #extremes: ExtremeColumn;
  readonly #verdict: Verdict;

  constructor(sign: 1 | -1, verdict: Verdict) {
    super();
    this.#extremes = new ExtremeColumn(sign);
    this.#verdict = verdict;
  }

  grow(room: number): void {
    this.#extremes.grow(room);
  }

  add(cell: number, value: unknown, before: number): void {
    this.#extremes.add(cell, value, before);
  }

  override addTimes(cell: number, value: number, _times: number, before: number): void {
    this.#extremes.add(cell, value, before);
  }

  merge(cell: number, state: unknown, _values: number, before: number): void {
    if (!isNumber(state)) this.#verdict.refuse(status.state, "a state is malformed");
    this.#extremes.add(cell, state, before);
  }

  stateOf(cell: number): unknown {
    return this.#extremes.valueOf(cell);
  }

  pack(cell: number, packer: Packer): void {
    packer.number(this.#extremes.valueOf(cell));
  }

  unpack(cell: number, from: Unpacker, _values: number, before: number): void {
    this.#extremes.add(cell, from.number(from.byte()), before);
  }
}

class MeanStates extends NumberStates {
  readonly #sums: SumColumn;
  readonly #verdict: Verdict;

  constructor(verdict: Verdict) {
    super();
    this.#sums = new SumColumn(verdict);
    this.#verdict = verdict;
  }

  grow(room: number): void {
    this.#sums.grow(room);
  }

  add(cell: number, value: unknown): void {
    this.#sums.add(cell, value as number);
  }

  override addTimes(cell: number, value: number, times: number): void {
    this.#sums.addTimes(cell, value, times);
  }

  /** @param state - or the sum alone */
  merge(cell: number, state: unknown, values: number): void {
    if (isNumber(state)) return this.#sums.add(cell, state);
    if (!isObject(state) || keys(state).length !== 2 || state["count"] !== values) {
      return this.#verdict.refuse(status.state, "a state is malformed");
    }
    this.#sums.merge(cell, state["sum"]);
  }

  stateOf(cell: number, values: number): unknown {
    return { sum: this.#sums.sumOf(cell), count: values };
  }

  pack(cell: number, packer: Packer): void {
    this.#sums.pack(cell, packer);
  }

  unpack(cell: number, from: Unpacker): void {
    this.#sums.unpack(cell, from);
  }
}

class MinMaxMeanStates extends NumberStates {
  readonly #sums: SumColumn;
  readonly #min = new ExtremeColumn(-1);
  readonly #max = new ExtremeColumn(1);
  readonly #verdict: Verdict;

  constructor(verdict: Verdict) {
    super();
    this.#sums = new SumColumn(verdict);
    this.#verdict = verdict;
  }

  grow(room: number): void {
    this.#min.grow(room);
    this.#max.grow(room);
    this.#sums.grow(room);
  }

  add(cell: number, value: unknown, before: number): void {
    this.#min.add(cell, value, before);
    this.#max.add(cell, value, before);
    this.#sums.add(cell, value as number);
  }

  override addTimes(cell: number, value: number, times: number, before: number): void {
    this.#min.add(cell, value, before);
    this.#max.add(cell, value, before);
    this.#sums.addTimes(cell, value, times);
  }

  merge(cell: number, state: unknown, values: number, before: number): void {
    if (!isObject(state) || keys(state).length !== 4 || state["count"] !== values) return this.#malformed();
    if (!isNumber(state["min"]) || !isNumber(state["max"])) return this.#malformed();
    this.#min.add(cell, state["min"], before);
    this.#max.add(cell, state["max"], before);
    this.#sums.merge(cell, state["sum"]);
  }

  stateOf(cell: number, values: number): unknown {
    return { min: this.#min.valueOf(cell), max: this.#max.valueOf(cell), sum: this.#sums.sumOf(cell), count: values };
  }

  pack(cell: number, packer: Packer): void {
    packer.number(this.#min.valueOf(cell));
    packer.number(this.#max.valueOf(cell));
    this.#sums.pack(cell, packer);
  }

  unpack(cell: number, from: Unpacker, _values: number, before: number): void {
    this.#min.add(cell, from.number(from.byte()), before);
    this.#max.add(cell, from.number(from.byte()), before);
    this.#sums.unpack(cell, from);
  }

  #malformed(): never {
    return this.#verdict.refuse(status.state, "a state is malformed");
  }
}

/** The aggregates of the library that have columns, by the name that `numbers.ts` gives them. */
export const numberStates: Readonly<Record<NumberAggregate, (verdict: Verdict) => NumberStates>> = bare({
  sum: (verdict) => new SumStates(verdict),
  count: (verdict) => new CountStates(verdict),
  mean: (verdict) => new MeanStates(verdict),
  min: (verdict) => new ExtremeStates(-1, verdict),
  max: (verdict) => new ExtremeStates(1, verdict),
  minMaxMean: (verdict) => new MinMaxMeanStates(verdict),
});
