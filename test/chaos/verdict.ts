/** Whether what came of a run is what may come of its schedule. */

import { checkEvents, eventsOf, failuresOf, lastJob } from "./event-rules.ts";
import type { Ran } from "./run.ts";
import { type EndingCode, endingCodes, type Schedule } from "./schedule.ts";

/** Attempts at one item that may fail for one cause before the job ends with it. */
const caps: Readonly<Record<EndingCode, number>> = { SANDBOX_DIED: 3, LIMIT_TIME: 2, LIMIT_MEMORY: 2 };

/** Successors in a row of which nothing may come. */
const fruitlessBrokers = 3;

/** @returns what is wrong; nothing, if all is as it should be */
export function judge(ran: Ran): readonly string[] {
  return [...checkEnd(ran), ...checkHolds(ran), ...checkEvents(ran), ...ran.left.map((what) => `it left ${what}`)];
}

function checkEnd(ran: Ran): readonly string[] {
  const { code, same, schedule, hands } = ran;
  if (code === "none") {
    return [
      ...(same === true ? [] : ["the answer is not the undisturbed one"]),
      ...(schedule.poison ? ["it went past a record on which the program throws"] : []),
      ...(hands.endings.some(({ doomed }) => doomed) ? ["it went past an item whose every sandbox ended"] : []),
      ...(hands.cancelled ? ["it went on after it was cancelled"] : []),
      ...(brokerDeaths(ran) > 0 && !survivesBrokers(schedule) ? ["it went on without a broker"] : []),
    ];
  }
  if (mayEndWith(code, ran)) return [];
  return [code === "hung" ? "it hung" : `nothing in its schedule makes it end with ${code}`];
}

function mayEndWith(code: string, { schedule, hands, events }: Ran): boolean {
  if (code === "PROGRAM_THREW") return schedule.poison;
  if (code === "CANCELLED") return hands.cancelled;
  if (code === "BROKER_LOST") return brokerDeaths({ hands }) > 0 && !survivesBrokers(schedule);
  if (code === "SANDBOX_DIED" && brokerDeaths({ hands }) > fruitlessBrokers) return true;
  const cause = endingCodes.find((one) => one === code);
  if (cause === undefined) return false;
  return (["mapper", "reducer"] as const).some((role) => {
    const ended = hands.endings.filter((ending) => ending.role === role && ending.code === cause).length;
    const failures = failuresOf(lastJob(events), role, cause);
    return ended >= caps[cause] && Math.max(0, ...failures.values()) >= caps[cause] - 1; // the last is not retried
  });
}

/** Brokers that ended while they were needed. */
function brokerDeaths({ hands }: Pick<Ran, "hands">): number {
  return hands.endings.filter(({ role, late }) => role === "broker" && !late).length;
}

/** With the memory of the first one, or with everything once more: whoever has to do something for that is there. */
function survivesBrokers({ recovery, connected }: Schedule): boolean {
  const isThere = (name: string): boolean => connected.some((one) => one === name);
  if (!isThere("carol")) return false; // she asked
  const anew = isThere("alice") && isThere("bob");
  return anew || (recovery.kind === "shares" && recovery.parties.filter(isThere).length >= recovery.threshold);
}

/** A held answer is never waited for, where another sandbox can do its item. */
function checkHolds({ schedule, hands, events, code }: Ran): readonly string[] {
  if (hands.endings.length > 0 || code !== "none" || schedule.time === "machine") return [];
  const [plan] = eventsOf(events, "plan");
  const stages = [
    ["mapper", Math.min(schedule.mappers, plan?.tasks ?? 0)],
    ["reducer", Math.min(schedule.reducers, plan?.partitions ?? 0)],
  ] as const;
  return stages.flatMap(([role, width]) => {
    const held = hands.holds.filter((hold) => hold.role === role);
    const waited = held.some(({ letGo }) => letGo === "late");
    return held.length === 1 && waited && width > 1 ? [`a ${role} that did not answer was waited for`] : [];
  });
}
