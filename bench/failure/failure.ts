/**
 * What a failure costs: the wall time of a job of which one of four mappers is killed half-way, or is slowed ten-fold, as
 * a share of the undisturbed job's. The three run in turn, each in a process of its own.
 */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { textCorpus } from "../data.ts";
import { ratio } from "../confinement/measure.ts";
import type { Fate } from "./hindered-fleet.ts";
import type { JobMeasure } from "./job.ts";

const run = promisify(execFile);
const mappers = 4;
const reducers = 2;
const fates = ["undisturbed", "killed", "slowed"] as const satisfies readonly Fate[];
const hindrances = {
  killed: { says: "one of four mappers killed half-way", goal: 1.1 },
  slowed: { says: "one of four mappers slowed ten-fold", goal: 1.15 },
} as const;

export interface FailureOptions {
  readonly megabytes: number;
  /** Rounds of all three; one more warms the file cache. */
  readonly rounds: number;
}

/** Prints the figures, and gives them back. */
export async function failure({ megabytes, rounds }: FailureOptions): Promise<unknown> {
  const file = await textCorpus(megabytes * 1e6);
  const measured: Record<Fate, JobMeasure[]> = { undisturbed: [], killed: [], slowed: [] };
  for (let round = 0; round <= rounds; round++) {
    const turn = round % 2 === 0 ? fates : fates.toReversed(); // so that none is always the first
    for (const fate of turn) {
      const measure = await runJob(fate, file);
      if (round > 0) measured[fate].push(measure);
    }
  }
  const answers = new Set(Object.values(measured).flatMap((all) => all.map(({ answer }) => answer)));
  if (answers.size !== 1) throw new Error("failure: the answers differ");
  const [sample] = measured.undisturbed;
  say(`word count of ${megabytes} MB of text, ${mappers} mappers, ${sample?.tasks} tasks; wall ÷ undisturbed`);
  for (const [fate, { says, goal }] of Object.entries(hindrances) as [
    keyof typeof hindrances,
    { says: string; goal: number },
  ][]) {
    const of = (what: "wall" | "job"): string =>
      ratio(
        measured[fate].map((measure) => measure[what]),
        measured.undisturbed.map((measure) => measure[what]),
      ).text;
    const again = measured[fate].map((measure) => measure.again).join(", ");
    say(`${says}: the whole ${of("wall")}, goal ${goal}; from plan to release ${of("job")}; attempts more: ${again}`);
  }
  return measured;
}

async function runJob(fate: Fate, file: string): Promise<JobMeasure> {
  const script = fileURLToPath(new URL("./job.ts", import.meta.url));
  const args = ["--import", "tsx", script, fate, file, `${mappers}`, `${reducers}`];
  const { stdout } = await run(process.execPath, args);
  return JSON.parse(stdout) as JobMeasure;
}

function say(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
