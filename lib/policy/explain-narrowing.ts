/** What a program took away from the policy for one job, in plain words. */

import type { Narrowing, RaisedThreshold } from "./narrow.ts";

/** @returns short phrases, none of them where nothing was taken away. */
export function explainNarrowing({ receivers, outputs, thresholds = [] }: Narrowing): readonly string[] {
  return [
    ...(receivers === undefined ? [] : [receivers.length === 0 ? "for nobody" : `only for ${receivers.join(", ")}`]),
    ...(outputs === undefined ? [] : [outputs.length === 0 ? "no output" : `only ${outputs.join(", ")}`]),
    ...thresholds.map(explainThreshold),
  ];
}

function explainThreshold({ output, minValues, minOwners }: RaisedThreshold): string {
  const behind = [counted(minValues, "value"), counted(minOwners, "owner")].join(" and ");
  return `${output} only with at least ${behind} behind`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
