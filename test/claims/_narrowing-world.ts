/** Worlds whose program narrows the policy by what its records say. */

import { fileURLToPath } from "node:url";

import { Output } from "../../lib/output.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { Narrowing } from "../../lib/policy/narrow.ts";
import type { PolicyDocument } from "../../lib/policy/policy.ts";
import type { World, WorldOptions } from "./_world.ts";

const program: string = fileURLToPath(new URL("./_narrowing.ts", import.meta.url));
export const record = (word: string, narrowing: Narrowing | null = null): string => JSON.stringify([word, narrowing]);
export const atLeast = (minValues: number): Narrowing => ({
  thresholds: [{ output: "counts", minValues, minOwners: 0 }],
});

/** Every word asks for another threshold, so that no two partitions ask for the same. */
export const rising = {
  alice: Array.from({ length: 24 }, (_, i) => record(`w${i}`, atLeast(i + 1))),
  bob: Array.from({ length: 24 }, (_, i) => Array.from({ length: i }, () => record(`w${i}`))).flat(),
};

export function narrowing(document: PolicyDocument): PolicyDocument {
  const output = { minValues: 0, minOwners: 0, noise: "none" as const };
  return {
    ...document,
    capabilities: ["policy.narrow", "counters"],
    counters: ["words", "keys"],
    outputs: [
      { name: "counts", receivers: ["carol", "bob"], ...output },
      { name: "all", receivers: ["bob"], ...output },
    ],
  };
}

export const world = (options: WorldOptions = {}): WorldOptions => ({
  program,
  records: rising,
  change: narrowing,
  ...options,
});

export type Opened = ReturnType<typeof openResult>;

export async function runFor(
  here: World,
  names: readonly ("carol" | "bob" | "alice")[],
  partitions = 2,
): Promise<readonly Opened[]> {
  const requests = await Promise.all(names.map((name) => here.parties[name].request(here.coordinator)));
  const sealed = await here.coordinator.run({ requests: requests.map(({ signed }) => signed), mappers: 2, partitions });
  return requests.map((request) => openResult(request, sealed));
}

export const entriesOf = ({ outputs }: Opened, name: string): ReadonlyMap<unknown, number> | undefined => {
  const partitions = outputs.get(name);
  return partitions && Output.fromPartitions<number>(partitions).toMap();
};
