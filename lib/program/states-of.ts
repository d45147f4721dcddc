/** Which states an aggregate gets: columns where it is one of the library's own. */

import { getOwnPropertyDescriptor } from "./_intrinsics.ts";
import { numberStates } from "./number-states.ts";
import type { Aggregate, NumberAggregate } from "./program.ts";
import { AggregateStates, type States } from "./states.ts";
import type { Verdict } from "./verdict.ts";

export function statesOf(aggregate: Aggregate<unknown, unknown, unknown>, verdict: Verdict): States {
  const make = numberStates[nameOf(aggregate) as NumberAggregate] as ((verdict: Verdict) => States) | undefined;
  return make === undefined ? new AggregateStates(aggregate, verdict) : make(verdict);
}

/** @returns what `numbers.ts` names its aggregates by; a program that names its own so gets what it asks for */
function nameOf(aggregate: object): string | undefined {
  try {
    const name: unknown = getOwnPropertyDescriptor(aggregate, "named")?.value;
    return typeof name === "string" ? name : undefined;
  } catch {
    // A proxy that throws has no name.
    return undefined;
  }
}
