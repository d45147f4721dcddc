/** The parties of a run: they keep shares of the broker's memory, hand their records in, ask, and stay connected, or not. */

import { asInput } from "../../lib/data/input.ts";
import type { Records, World } from "../../lib/demo/world.ts";
import { Attendance } from "../../lib/party/attendance.ts";
import type { ResultRequest } from "../../lib/party/result-request.ts";
import type { Connected, Schedule } from "./schedule.ts";

/** The epoch of what is handed in: that of the world's own records is 1. */
export const epoch = 2;

/** @returns what the receiver asked for */
export async function connect(
  { coordinator, parties }: World,
  { connected }: Schedule,
  records: Records,
): Promise<ResultRequest> {
  const attendances: Readonly<Record<Connected, Attendance>> = {
    alice: new Attendance(parties.alice),
    bob: new Attendance(parties.bob),
    carol: new Attendance(parties.carol),
  };
  for (const attendance of Object.values(attendances)) await attendance.keepShare(coordinator);
  for (const [owner, input] of [
    ["alice", "fruit"],
    ["bob", "more"],
  ] as const) {
    const cut = { ...(records.chunkBytes && { chunkBytes: records.chunkBytes }), epoch };
    const dataset = await parties[owner].seal(input, asInput(records[owner]), coordinator, cut);
    await attendances[owner].provision(dataset, coordinator);
  }
  const request = await attendances.carol.request(coordinator);
  for (const name of connected) await coordinator.attend(attendances[name]);
  return request;
}
