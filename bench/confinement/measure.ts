/** What the benchmarks of the wall share: bundles of the runner, runs of it on one Node, and ratios with their spread. */

import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { build } from "esbuild";

import { buildProgram } from "../../lib/program/bundle.ts";
import { bundlePlugins } from "../../lib/sandbox/bundle-plugins.ts";
import { ratioOf } from "../statistics.ts";
import type { RunnerAnswer, RunnerJob } from "./runner.ts";
import type { TaskMeasure } from "./thread.ts";

const run = promisify(execFile);
const results = fileURLToPath(new URL("../results/", import.meta.url));

/** @returns the path of the runner, for any Node */
export async function bundleRunner(): Promise<string> {
  await mkdir(results, { recursive: true });
  await build({
    entryPoints: ["runner", "thread"].map((name) => fileURLToPath(new URL(`./${name}.ts`, import.meta.url))),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outdir: results,
    outExtension: { ".js": ".mjs" },
    logLevel: "error",
    plugins: [...bundlePlugins],
  });
  return `${results}runner.mjs`;
}

/** @returns the path of a program's built bytes */
export async function builtProgram(file: string): Promise<string> {
  const { bytes } = await buildProgram(file);
  const path = `${results}${basename(file)}.program`;
  await writeFile(path, bytes);
  return path;
}

export async function runOn(node: string, runner: string, job: RunnerJob): Promise<RunnerAnswer> {
  const path = `${results}job.json`;
  await writeFile(path, JSON.stringify(job));
  const { stdout } = await run(node, [runner, path], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as RunnerAnswer;
}

/** @returns `what` for each round */
export function each(measures: readonly TaskMeasure[] | undefined, what: (measure: TaskMeasure) => number): number[] {
  if (measures === undefined || measures.length === 0) throw new Error("a contender was not measured");
  return measures.map(what);
}

/** @returns the median of the rounds' ratios, and their range in words */
export function ratio(of: readonly number[], to: readonly number[]): { readonly value: number; readonly text: string } {
  const { median, low, high } = ratioOf(of, to);
  return { value: median, text: `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})` };
}

/** @throws unless all contenders say the same, in all rounds */
export function expectSameAnswers(what: string, answer: RunnerAnswer, names: readonly string[]): void {
  const answers = new Set(names.flatMap((name) => (answer[name] ?? []).map((measure) => measure.answer)));
  if (answers.size !== 1 || answers.has("")) throw new Error(`${what}: the contenders' answers differ`);
}
