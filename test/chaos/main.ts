/**
 * `npm run chaos [-- --runs N --seed S --fleet threads|in-process --only RUN]`: jobs whose sandboxes end at random
 * points. What happens in each run is drawn from the seed and the run's number. Ends with 1 where something was wrong,
 * and says how to see it again.
 */

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";

import { eventsOf } from "./event-rules.ts";
import { type FleetKind, type Ran, Runner } from "./run.ts";
import { drawSchedule, runSeed, showSchedule } from "./schedule.ts";
import { judge } from "./verdict.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "200" },
    seed: { type: "string" },
    fleet: { type: "string", default: "threads" },
    only: { type: "string" },
  },
});
const seed = Number(values.seed ?? randomInt(2 ** 31));
const only = values.only === undefined ? undefined : Number(values.only);
const runs = Number(values.runs);
if (![seed, runs, only ?? 0].every((number) => Number.isSafeInteger(number) && number >= 0) || !isFleet(values.fleet)) {
  process.stderr.write("chaos: --runs N --seed S --fleet threads|in-process --only RUN\n");
  process.exit(2);
}
const { fleet } = values;
const numbers = only === undefined ? Array.from({ length: runs }, (_, run) => run) : [only];
process.stdout.write(`chaos: seed ${seed}, ${numbers.length} runs, ${fleet}, Node ${process.version}\n`);
const runner = await Runner.open(fleet);
const codes = new Map<string, number>();
const tally = { ended: 0, died: 0, retried: 0, speculated: 0, held: 0 };
let failed = 0;
for (const run of numbers) {
  const schedule = drawSchedule(runSeed(seed, run));
  const since = performance.now();
  const ran = await runner.run(schedule);
  const wrong = judge(ran);
  const ms = (performance.now() - since).toFixed(0);
  codes.set(ran.code, (codes.get(ran.code) ?? 0) + 1);
  count(ran);
  process.stdout.write(`${run}\t${schedule.seed}\t${ms} ms\t${ran.code}\t${showSchedule(schedule)}\n`);
  if (wrong.length === 0) continue;
  failed++;
  const events = ran.events.map(
    (event) => `    ${JSON.stringify(event, (key, value: unknown) => (key === "evidence" ? undefined : value))}\n`,
  );
  process.stdout.write(
    `  WRONG: ${wrong.join("; ")}\n${events.join("")}    ${String((ran.error as Error | undefined)?.stack)}\n` +
      `  again: npm run chaos -- --seed ${seed} --fleet ${fleet} --only ${run}\n`,
  );
}
const ends = [...codes].map(([code, count]) => `${code === "none" ? "complete" : code} ${count}`).join(", ");
process.stdout.write(
  `${tally.ended} sandboxes ended, ${tally.died} in their work; ${tally.retried} attempts made again; ` +
    `${tally.held} answers held; ${tally.speculated} rivals begun\n`,
);
process.stdout.write(`${numbers.length} runs: ${ends}; ${failed === 0 ? "nothing wrong" : `${failed} WRONG`}\n`);
process.exitCode = failed === 0 ? 0 : 1;

function count({ hands, events }: Ran): void {
  tally.ended += hands.endings.length;
  tally.held += hands.holds.length;
  tally.died += eventsOf(events, "die").length;
  tally.retried += eventsOf(events, "retry").length;
  tally.speculated += eventsOf(events, "speculate").length;
}

function isFleet(name: string): name is FleetKind {
  return name === "threads" || name === "in-process";
}
