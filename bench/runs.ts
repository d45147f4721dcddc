/** Runs of contenders, each a process of its own, interleaved, with the answers compared. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { digestAnswer, entriesOf } from "./answer.ts";
import type { Task } from "./contenders/contender.ts";
import type { Measure } from "./results.ts";

const run = promisify(execFile);
const maxBuffer = 2 ** 30;

/** Starts one run. */
export type Runner = () => Promise<Measure>;

/** @returns runs of a contender in Node */
export function nodeRunner(node: string, contender: string, task: Task): Runner {
  return async () => {
    const args = ["--no-warnings", contender, JSON.stringify(task)];
    // Node as it starts by itself: to read certificates alone takes it 60 ms, half of the smallest run
    const env = { ...process.env, NODE_OPTIONS: undefined, NODE_EXTRA_CA_CERTS: undefined };
    const { stdout } = await run(node, args, { maxBuffer, env }).catch(
      (error: Error & { readonly stderr?: string }) => {
        throw new Error(`${task.contender} failed on ${task.file}:\n${error.stderr || error.message}`, {
          cause: error,
        });
      },
    );
    return JSON.parse(stdout) as Measure;
  };
}

/** @returns runs of a command that prints "key\tvalue" lines, and at last, on standard error, what it took as JSON */
export function commandRunner(command: string, args: readonly string[]): Runner {
  return async () => {
    const env = { ...process.env, LC_ALL: "C" }; // bytes, and points in decimals
    const { stdout, stderr } = await run(command, args, { maxBuffer, env });
    const took = JSON.parse(stderr) as Pick<Measure, "cpu" | "wall" | "peakMiB">;
    const entries = [...entriesOf(stdout)];
    return { ...took, keys: entries.length, answer: digestAnswer(entries) };
  };
}

/**
 * Runs all in turn, round by round, every other round the other way about, so that none is always the first.
 * @param rounds - one more goes before them, and is not in the figures: it warms the file cache
 * @throws {Error} when two answers differ
 */
export async function interleave<N extends string>(
  runners: Readonly<Record<N, Runner>>,
  rounds: number,
): Promise<Record<N, Measure[]>> {
  const names = Object.keys(runners) as N[];
  const measured = Object.fromEntries(names.map((name): [N, Measure[]] => [name, []])) as Record<N, Measure[]>;
  let expected: { readonly name: N; readonly answer: string } | undefined;
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const measure = await runners[name]();
      expected ??= { name, answer: measure.answer };
      if (measure.answer !== expected.answer) {
        throw new Error(`${name} answers ${measure.answer}, ${expected.name} ${expected.answer}: nothing to compare`);
      }
      if (round > 0) measured[name].push(measure);
    }
  }
  return measured;
}
