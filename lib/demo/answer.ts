/** The answer of the demonstration's job, as the receiver opens it, and as it is with nothing protected. */

import { Output } from "../output.ts";
import type { OpenedResult } from "../party/open-result.ts";

/** @returns how often each word was counted. */
export function countsIn({ outputs }: OpenedResult): ReadonlyMap<string, number> {
  const counts = Output.fromPartitions<number>(outputs.get("counts") ?? []);
  return new Map([...counts].map(([word, count]) => [String(word), count]));
}

/** The count that nobody protected. */
export function plainCounts(...records: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of records.flat().flatMap((line) => line.split(" "))) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** @returns whether both have the same words with the same counts. */
export function isSame(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([word, count]) => other.get(word) === count);
}
