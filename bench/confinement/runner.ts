/**
 * Runs one program's contenders in turn, each in its thread, and prints what they took as a line of JSON. Bundled, so
 * that any Node runs it, and so that it is the code that a sandbox's bundle has.
 */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import type { Contender, TaskMeasure, ThreadJob } from "./thread.ts";

/** A contender: what runs in which thread. */
export interface RunnerTask {
  readonly name: string;
  readonly thread: ThreadJob;
  readonly contender: Contender;
}

export interface RunnerJob {
  readonly tasks: readonly RunnerTask[];
  readonly rounds: number;
}

/** Per contender's name, one measure for each round. The first round warms everything up and is not in it. */
export type RunnerAnswer = Readonly<Record<string, readonly TaskMeasure[]>>;

/** A sandbox's bounds: they decide how often garbage is collected. */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };

const { tasks, rounds } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as RunnerJob;
const threads = new Map<string, Worker>();
for (const { thread } of tasks) {
  const name = JSON.stringify(thread);
  if (threads.has(name)) continue;
  const script = fileURLToPath(new URL("./thread.mjs", import.meta.url));
  const worker = new Worker(script, { workerData: thread, resourceLimits, env: {}, execArgv: [] });
  threads.set(name, worker);
  await once(worker, "message");
}
const measures: Record<string, TaskMeasure[]> = {};
for (let round = 0; round <= rounds; round++) {
  const turn = round % 2 === 0 ? tasks : tasks.toReversed(); // so that no contender is always the first
  for (const { name, thread, contender } of turn) {
    const worker = threads.get(JSON.stringify(thread)) as Worker;
    const answered = once(worker, "message");
    worker.postMessage(contender);
    const [measure] = (await answered) as [TaskMeasure];
    if (round > 0) (measures[name] ??= []).push(measure);
  }
}
for (const worker of threads.values()) await worker.terminate();
process.stdout.write(`${JSON.stringify(measures)}\n`);
