/** How many values fall between given edges. */

import type { Aggregate } from "./program.ts";

/**
 * Counts below the first edge, from each edge to below the next, and from the last edge on: one count more than edges.
 * @param edges - finite numbers, strictly ascending, at least one
 * @throws {RangeError} when they are not
 * @example
 * histogram([0, 10, 20]).finish // counts of x < 0, 0 ≤ x < 10, 10 ≤ x < 20, 20 ≤ x
 */
export function histogram(edges: readonly number[]): Aggregate<number, number[], number[]> {
  const sorted = edges.every(
    (edge, index) => Number.isFinite(edge) && (index === 0 || edge > (edges[index - 1] as number)),
  );
  if (!sorted || edges.length === 0) throw new RangeError(`"edges" expected finite numbers in ascending order`);
  const bounds = [...edges];
  return {
    zero: () => Array.from({ length: bounds.length + 1 }, () => 0),
    add: (state, value) => {
      if (!Number.isFinite(value)) throw new TypeError("histogram takes finite numbers only");
      const bucket = bucketOf(bounds, value);
      state[bucket] = (state[bucket] as number) + 1;
      return state;
    },
    merge: (a, b) => a.map((counted, bucket) => counted + (b[bucket] as number)),
    finish: (state) => state,
  };
}

/** @returns how many of `bounds` are at most `value`: a binary search. */
function bucketOf(bounds: readonly number[], value: number): number {
  let from = 0;
  let to = bounds.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((bounds[middle] as number) <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}
