/** One honest job, told step by step: what is sealed, attested, granted, mapped, reduced, released and verified. */

import type { JobEvent } from "../coordinator/events.ts";
import { countsIn } from "./answer.ts";
import type { CarryOutOptions } from "./attack.ts";
import { aliceRecords, bobRecords, World } from "./world.ts";

/** A line of the story: a word for the step, and what happened. */
export interface Step {
  readonly step: "agreed" | "sealed" | "attested" | "granted" | "mapped" | "reduced" | "released" | "verified";
  readonly says: string;
}

/**
 * Runs the job and tells it.
 * @returns the answer
 * @throws what `signal` was aborted with
 */
export async function tellStory(
  tell: (step: Step) => void,
  { program, signal }: CarryOutOptions,
): Promise<ReadonlyMap<string, number>> {
  const granted = new Set<string>();
  const hear = (event: JobEvent): void => {
    const step = stepOf(event, granted);
    if (step !== undefined) tell(step);
  };
  await using world = await World.open({ program, signal });
  for (const step of beforeTheJob) tell(step);
  const request = await world.request();
  const job = world.coordinator.start({ requests: [request.signed], mappers: 2, partitions: 2 });
  for await (const event of job) if (event.kind !== "missed") hear(event);
  const opened = await world.receive(request, await job.result);
  const { tasks, partitions, sandboxes } = opened.summary;
  tell({
    step: "verified",
    says: `by carol, from the receipt alone: ${tasks} tasks, each once, in ${partitions} partitions, by ${sandboxes.length} sandboxes with evidence, over all that alice and bob committed to`,
  });
  return countsIn(opened);
}

const beforeTheJob: readonly Step[] = [
  { step: "agreed", says: "alice, bob, carol and the host signed one policy: whose records, which program, for whom" },
  {
    step: "sealed",
    says: `alice's ${aliceRecords.length} records and bob's ${bobRecords.length}, in chunks, under a key of each owner's; the host keeps them, and can read none`,
  },
  {
    step: "attested",
    says: "the broker, by both owners: it runs what the policy names, for this policy, fresh for their nonces; only then it got their keys",
  },
];

/** @param granted - roles of which a grant was told, for one of each is enough */
function stepOf(event: JobEvent, granted: Set<string>): Step | undefined {
  switch (event.kind) {
    case "attest":
      return {
        step: "attested",
        says: `${event.role} ${event.index}, by the broker, and the broker by it; a channel now joins the two`,
      };
    case "grant": {
      if (granted.has(event.role)) return undefined;
      granted.add(event.role);
      const what = event.role === "mapper" ? `the keys of task ${event.item}'s chunks` : "its partition's key";
      return { step: "granted", says: `to ${event.role} ${event.index}, ${what}, sealed to it alone` };
    }
    case "commit":
      if (event.done < event.total) return undefined;
      return event.role === "mapper"
        ? { step: "mapped", says: `all ${event.total} tasks; each mapper signed what it read and wrote` }
        : { step: "reduced", says: `both partitions, of exactly one attempt at every task; results are sealed` };
    case "release":
      return {
        step: "released",
        says: "once, by the broker: it wrapped the result's key for carol, and for nobody else",
      };
    default:
      return undefined;
  }
}
