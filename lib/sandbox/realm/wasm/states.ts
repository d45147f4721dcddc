/** The aggregates that modules name, and what of other sandboxes' states of their own is taken. */

import { SealfoldError } from "../../../errors.ts";
import { count, max, mean, min, minMaxMean, sum } from "../../../program/numbers.ts";
import type { Aggregate } from "../../../program/program.ts";
import { type AggregateName, aggregateNames } from "../../../program/wasm/abi.ts";

type Named = Exclude<AggregateName, "own">;

/** A packed pair: where its key lies, how many values are behind it, what they come to, and their bounds. */
export interface PackedPair {
  keyStart: number;
  keyEnd: number;
  values: number;
  value: number;
  /** Likewise the greatest: 0 where there are no bounds. */
  least: number;
  greatest: number;
}

/** Their states are checked by the engine. */
export const namedAggregates: Readonly<Record<Named, Aggregate<unknown, unknown, unknown>>> = {
  sum: erased(sum),
  count: erased(count),
  mean: erased(mean),
  min: erased(min),
  max: erased(max),
  "min-max-mean": erased(minMaxMean),
};

/**
 * @param answer - what a module's `aggregate` gives
 * @param functions - those that it exports
 * @throws {SealfoldError} PROGRAM_REFUSED when there is no such aggregate, or what it needs is missing
 */
export function aggregateNamed(answer: number, functions: ReadonlySet<string>): AggregateName {
  const name = aggregateNames[answer];
  if (name === undefined) throw refusedAtLoad(`"aggregate" answers ${answer}, which is none`);
  if (name === "own" && !functions.has("combine")) {
    throw refusedAtLoad('an own aggregate needs the exports "combine" and "finish"');
  }
  return name;
}

function refusedAtLoad(detail: string): SealfoldError {
  return new SealfoldError("PROGRAM_REFUSED", detail, { stage: "load" });
}

/** @returns whether JSON text from elsewhere is a state of a module's own aggregate */
export function isOwnState(text: string, valueBytes: number): boolean {
  return text.length <= valueBytes && text.length % 4 === 2 && /^"[A-Za-z0-9+/]*={0,2}"$/.test(text);
}

/** @returns the state that the values of a packed pair come to, as the engine takes it */
export function stateOf(name: Named, { values, value, least, greatest }: Readonly<PackedPair>): unknown {
  if (name === "count") return values;
  return name === "min-max-mean" ? { min: least + 0, max: greatest + 0, sum: value + 0, count: values } : value;
}

/** The types of values and states are forgotten: both are checked. */
function erased<V, S, O>(aggregate: Aggregate<V, S, O>): Aggregate<unknown, unknown, unknown> {
  return aggregate as unknown as Aggregate<unknown, unknown, unknown>;
}
