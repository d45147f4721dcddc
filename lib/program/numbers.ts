/** The aggregates over numbers. Every result is the same for any split and order of the values, floats included. */

import { addExact, type ExactSum, mergeExact, roundExact } from "./exact-sum.ts";
import type { Aggregate, NumberAggregate } from "./program.ts";

/** A mean on its way: the exact sum, and of how many. */
export interface MeanState {
  sum: ExactSum;
  count: number;
}

/** A minimum, a maximum and a mean on their way. */
export interface MinMaxMeanState extends MeanState {
  min: number | null;
  max: number | null;
}

/** What {@link minMaxMean} gives. */
export interface MinMaxMean {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** The sum: exact for integers, the double nearest to the exact sum otherwise. */
export const sum: Aggregate<number, ExactSum, number> = /* @__PURE__ */ named<number, ExactSum, number>("sum", {
  zero: () => 0,
  add: addExact,
  merge: mergeExact,
  finish: (state) => roundExact(state),
});

/** How many values there were, whatever they are. */
export const count: Aggregate<unknown, number, number> = /* @__PURE__ */ named<unknown, number, number>("count", {
  zero: () => 0,
  add: (state) => state + 1,
  merge: (a, b) => a + b,
  finish: (state) => state,
});

/** The double nearest to the exact mean. */
export const mean: Aggregate<number, MeanState, number> = /* @__PURE__ */ named<number, MeanState, number>("mean", {
  zero: () => ({ sum: 0, count: 0 }),
  add: (state, value) => {
    state.sum = addExact(state.sum, value);
    state.count++;
    return state;
  },
  merge: (a, b) => ({ sum: mergeExact(a.sum, b.sum), count: a.count + b.count }),
  finish: (state) => roundExact(state.sum, state.count),
});

/** The smallest value. */
export const min: Aggregate<number, number | null, number> = /* @__PURE__ */ named<number, number | null, number>(
  "min",
  {
    zero: () => null,
    add: lesser,
    merge: (a, b) => (b === null ? a : lesser(a, b)),
    finish: some,
  },
);

/** The greatest value. */
export const max: Aggregate<number, number | null, number> = /* @__PURE__ */ named<number, number | null, number>(
  "max",
  {
    zero: () => null,
    add: greater,
    merge: (a, b) => (b === null ? a : greater(a, b)),
    finish: some,
  },
);

/** Smallest, greatest and mean in one. */
export const minMaxMean: Aggregate<number, MinMaxMeanState, MinMaxMean> = /* @__PURE__ */ named<
  number,
  MinMaxMeanState,
  MinMaxMean
>("minMaxMean", {
  zero: () => ({ min: null, max: null, sum: 0, count: 0 }),
  add: (state, value) => {
    state.min = lesser(state.min, value);
    state.max = greater(state.max, value);
    state.sum = addExact(state.sum, value);
    state.count++;
    return state;
  },
  merge: (a, b) => ({ min: min.merge(a.min, b.min), max: max.merge(a.max, b.max), ...mean.merge(a, b) }),
  finish: (state) => ({ min: some(state.min), max: some(state.max), mean: mean.finish(state) }),
});

/**
 * Lets the engine keep states in columns of its own, which come to the same. A copy of the aggregate has no name: it may
 * have another `add`.
 */
function named<V, S, O>(name: NumberAggregate, aggregate: Aggregate<V, S, O>): Aggregate<V, S, O> {
  return Object.freeze(Object.defineProperty(aggregate, "named", { value: name, enumerable: false }));
}

function lesser(a: number | null, b: number): number {
  const value = number(b);
  return a === null || value < a ? value : a;
}

function greater(a: number | null, b: number): number {
  const value = number(b);
  return a === null || value > a ? value : a;
}

/** Refuses what is no number, and makes -0 plain 0, which compares equal and would depend on the order. */
function number(value: number): number {
  if (!Number.isFinite(value)) throw new TypeError("min and max take finite numbers only");
  return value + 0;
}

function some(value: number | null): number {
  if (value === null) throw new RangeError("there is no smallest or greatest of no values");
  return value;
}
