/** What happens to the answer when a record is there twice: for information, since a count should change. */

import { type Answer, evaluateHere, isFailed } from "./evaluate.ts";
import type { Instances } from "./work.ts";

/** How often a record that was run twice changed the answer. */
export interface DuplicateReport {
  readonly tried: number;
  /** How often the answer was another: 0 for what looks at a set, such as a maximum. */
  readonly changed: number;
  /** How often it was another under a key that the record emits nothing for: that is hardly meant. */
  readonly elsewhere: number;
}

/** @param trials - lists of records; the first of each is run once more */
export function checkDuplicates(instances: Instances, trials: readonly (readonly unknown[])[]): DuplicateReport {
  let changed = 0;
  let elsewhere = 0;
  for (const records of trials) {
    const once = byKey(evaluateHere(instances, records));
    const twice = byKey(evaluateHere(instances, [...records, records[0]]));
    const own = byKey(evaluateHere(instances, records.slice(0, 1)));
    const keys = [...new Set([...once.keys(), ...twice.keys()])].filter((key) => once.get(key) !== twice.get(key));
    if (keys.length > 0) changed++;
    if (keys.some((key) => !own.has(key))) elsewhere++;
  }
  return { tried: trials.length, changed, elsewhere };
}

function byKey(answer: Answer): ReadonlyMap<string, string> {
  return new Map(isFailed(answer) ? [] : answer.map(({ key, value }) => [key, value]));
}
