/** The k greatest of all values. */

import type { Aggregate, Scalar } from "./program.ts";

/** A number, or a number with what it belongs to: `[score, name]`. */
export type Ranked = number | readonly [score: number, ...labels: Scalar[]];

/**
 * The `k` greatest values, greatest first; equal values each take a place. Of equal scores, the labels decide, in the
 * code-unit order of their JSON text.
 * @param k - a positive integer
 * @throws {RangeError} when `k` is not
 * @example
 * emit("longest", [line.length, line]); // with reduce: topK(10)
 */
export function topK<V extends Ranked>(k: number): Aggregate<V, V[], V[]> {
  if (!Number.isSafeInteger(k) || k < 1) throw new RangeError(`"k" expected a positive integer, got ${k}`);
  const add = (state: V[], value: V): V[] => {
    if (state.length === k && !before(value, state[k - 1] as V)) return state;
    state.splice(placeOf(state, value), 0, value);
    if (state.length > k) state.pop();
    return state;
  };
  return { zero: () => [], add, merge: (a, b) => b.reduce(add, a), finish: (state) => state };
}

/** Where `value` belongs among `ranked`: a binary search. */
function placeOf<V extends Ranked>(ranked: readonly V[], value: V): number {
  let from = 0;
  let to = ranked.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (before(value, ranked[middle] as V)) to = middle;
    else from = middle + 1;
  }
  return from;
}

function before(a: Ranked, b: Ranked): boolean {
  const difference = score(b) - score(a);
  return difference === 0 ? JSON.stringify(a) < JSON.stringify(b) : difference < 0;
}

function score(value: Ranked): number {
  const number = typeof value === "number" ? value : value[0];
  if (!Number.isFinite(number)) throw new TypeError("topK takes numbers, or arrays that begin with one");
  return number;
}
