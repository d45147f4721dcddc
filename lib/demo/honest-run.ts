/** The job that nobody attacks, for comparison. */

import { countsIn, isSame, plainCounts } from "./answer.ts";
import type { CarryOutOptions } from "./attack.ts";
import { aliceRecords, bobRecords, World } from "./world.ts";

export interface HonestRun {
  readonly answer: ReadonlyMap<string, number>;
  /** Whether it is what comes of the records with nothing protected. */
  readonly right: boolean;
}

/** @throws what `signal` was aborted with */
export async function honestRun({ program, signal }: CarryOutOptions): Promise<HonestRun> {
  await using world = await World.open({ program, signal });
  const answer = countsIn(await world.obtain());
  return { answer, right: isSame(answer, plainCounts(aliceRecords, bobRecords)) };
}
