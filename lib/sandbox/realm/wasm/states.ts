/** States of aggregates: what pairs of numbers come to, and what of other sandboxes' states is taken. */

import { addExact } from "../../../program/exact-sum.ts";
import { count, max, mean, min, minMaxMean, sum } from "../../../program/numbers.ts";
import type { Aggregate } from "../../../program/program.ts";
import { readJson } from "../../../program/read-json.ts";
import type { AggregateName } from "../../../program/wasm/abi.ts";

type Named = Exclude<AggregateName, "own">;

/** The least and the greatest of values that were gathered. */
export interface ValueBounds {
  readonly least: number;
  readonly greatest: number;
}

interface NamedAggregate {
  readonly aggregate: Aggregate<unknown, unknown, unknown>;
  /** What `values` values come to; the least and the greatest of them are for min-max-mean. */
  readonly stateOf: (values: number, value: number, bounds: ValueBounds) => unknown;
  /** Whether data from elsewhere can be such a state. */
  readonly isState: (state: unknown) => boolean;
}

/** The most parts that an exact sum has: doubles of 53 bits that do not overlap, over all exponents. */
const maxParts = 64;

export const namedAggregates: Readonly<Record<Named, NamedAggregate>> = {
  sum: { aggregate: erased(sum), stateOf: (_values, value) => addExact(0, value), isState: isSum },
  count: { aggregate: erased(count), stateOf: (values) => values, isState: isCount },
  mean: {
    aggregate: erased(mean),
    stateOf: (values, value) => ({ sum: addExact(0, value), count: values }),
    isState: isMean,
  },
  min: { aggregate: erased(min), stateOf: (_values, value) => value + 0, isState: isNumber },
  max: { aggregate: erased(max), stateOf: (_values, value) => value + 0, isState: isNumber },
  "min-max-mean": {
    aggregate: erased(minMaxMean),
    stateOf: (values, value, { least, greatest }) => ({
      min: least + 0,
      max: greatest + 0,
      sum: addExact(0, value),
      count: values,
    }),
    isState: isMinMaxMean,
  },
};

/** @returns whether JSON text from elsewhere is a state of the aggregate */
export function isStateText(name: AggregateName, text: string, valueBytes: number): boolean {
  if (name !== "own") return namedAggregates[name].isState(readJson(text));
  return text.length <= valueBytes && text.length % 4 === 2 && /^"[A-Za-z0-9+/]*={0,2}"$/.test(text);
}

function isNumber(state: unknown): boolean {
  return Number.isFinite(state);
}

function isCount(state: unknown): boolean {
  return Number.isSafeInteger(state) && (state as number) >= 0;
}

function isSum(state: unknown): boolean {
  if (!isPlain(state)) return Number.isSafeInteger(state);
  const { coarse, fine, room, low, high, ...rest } = state;
  return (
    isNumber(coarse) &&
    isNumber(fine) &&
    isCount(room) &&
    isParts(low) &&
    isParts(high) &&
    Object.keys(rest).length === 0
  );
}

function isParts(parts: unknown): boolean {
  return Array.isArray(parts) && parts.length <= maxParts && parts.every((part) => Number.isFinite(part));
}

function isMean(state: unknown): boolean {
  if (!isPlain(state)) return false;
  const { sum, count, ...rest } = state;
  return isSum(sum) && isCount(count) && Object.keys(rest).length === 0;
}

function isMinMaxMean(state: unknown): boolean {
  if (!isPlain(state)) return false;
  const { min, max, ...rest } = state;
  return isNumber(min) && isNumber(max) && isMean(rest);
}

function isPlain(state: unknown): state is Readonly<Record<string, unknown>> {
  return typeof state === "object" && state !== null && !Array.isArray(state);
}

/** The types of values and states are forgotten: both are checked. */
function erased<V, S, O>(aggregate: Aggregate<V, S, O>): Aggregate<unknown, unknown, unknown> {
  return aggregate as unknown as Aggregate<unknown, unknown, unknown>;
}
