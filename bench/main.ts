/**
 * `npm run bench [-- NAME…] [--peers] [--guard FILE] [--node PATH]`: what protection costs, and what others take for the
 * same job. Contenders run interleaved, each in a process of its own, on the Node at PATH or on this one; the built
 * package is measured. Prints median ratios with their spread beside their goals, writes `bench/results/latest.json` and
 * `chart.svg`, and refuses contenders whose answers differ. A benchmark one of whose contenders failed has no figures, nor
 * those of an earlier run, and the exit status is 1. With `--peers` those from npm are installed first and, as root on
 * Debian, those from there. With `--guard` the ratios are held against an earlier `latest.json`: worse ones are an exit
 * status of 1.
 */

import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs, promisify } from "node:util";

import { buildContender } from "./build.ts";
import { benchmarks, type otherNames } from "./catalogue.ts";
import { drawChart } from "./chart.ts";
import { compare, type Outcome, type RunOptions } from "./compare.ts";
import { confinement } from "./confinement/confinement.ts";
import { webassembly } from "./confinement/webassembly.ts";
import { failure } from "./failure/failure.ts";
import { compareResults, tolerances } from "./guard.ts";
import { memory } from "./memory.ts";
import { findPeers, installPeers } from "./peers.ts";
import { receipt } from "./receipt.ts";
import { renderResult } from "./report.ts";
import { type BenchmarkResult, machine, readResults, type Results, resultsFolder, writeResults } from "./results.ts";
import { scaling } from "./scaling.ts";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);

/** Those that run contenders in another way. */
const others: Readonly<Record<(typeof otherNames)[number], (options: RunOptions) => Promise<Outcome>>> = {
  scaling,
  receipt,
  memory,
};

/** Those that measure one part, print their own figures, and are not in the table. */
const parts: Readonly<Record<string, (options: RunOptions) => Promise<unknown>>> = {
  confinement: (options) => confinement({ ...options, pairs: rounds }),
  webassembly: (options) => webassembly({ ...options, pairs: rounds }),
  failure: () => failure({ megabytes: Number(process.env["BENCH_FAILURE_MB"] ?? 200), rounds }),
};

const { values: flags, positionals: asked } = parseArgs({
  options: {
    node: { type: "string", default: process.execPath },
    peers: { type: "boolean", default: false },
    guard: { type: "string" },
  },
  allowPositionals: true,
});
const all = [...Object.keys(benchmarks), ...Object.keys(others), ...Object.keys(parts)];
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) refuse(`no ${unknown.join(", ")}; there are ${all.join(", ")}`);
const before = flags.guard === undefined ? undefined : await readResults(flags.guard).catch(refuse);
if (flags.peers)
  for (const how of await installPeers()) process.stderr.write(`bench: some peers are missing: ${how}\n`);
const failed: string[] = [];
const results = await runAll(asked.length > 0 ? asked : all);
await writeFile(`${resultsFolder}chart.svg`, drawChart(await readResults()));
const isWorse = before !== undefined && guard(before, results);
if (isWorse || failed.length > 0) process.exitCode = 1;

async function runAll(names: readonly string[]): Promise<Results> {
  const node = (await promisify(execFile)(flags.node, ["--version"])).stdout.trim();
  const peers = await findPeers();
  const surroundings = { node, machine: machine(), rounds, date: new Date().toISOString().slice(0, 10), peers };
  process.stdout.write(`Node ${node}, ${surroundings.machine}, ${rounds} interleaved rounds\n`);
  const options: RunOptions = { node: flags.node, contender: await buildContender(), rounds };
  const found: Record<string, BenchmarkResult> = {};
  for (const name of names) {
    try {
      const outcome = await runOne(name, options);
      if (outcome === undefined) continue;
      found[name] = { ...outcome, surroundings };
      await writeResults({ [name]: found[name] }); // at once: what comes next may take hours
    } catch (error) {
      failed.push(name);
      await writeResults({}, [name]);
      process.stdout.write(`${name}: failed, nothing is said of it\n`);
      process.stderr.write(`bench: ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return found;
}

/** Runs one, and prints what it found. @returns nothing for one that measures a part */
async function runOne(name: string, options: RunOptions): Promise<Outcome | undefined> {
  const part = parts[name];
  if (part !== undefined) {
    process.stdout.write(`${name}:\n`);
    await keepPart(name, await part(options));
    return undefined;
  }
  const benchmark = benchmarks[name];
  const outcome =
    benchmark === undefined ? await others[name as keyof typeof others]?.(options) : await compare(benchmark, options);
  if (outcome === undefined) throw new Error(`${name} is no benchmark`);
  process.stdout.write(renderResult(name, outcome));
  return outcome;
}

/** Ends at once: nothing was measured. */
function refuse(why: unknown): never {
  process.stderr.write(`bench: ${why instanceof Error ? why.message : String(why)}\n`);
  process.exit(2);
}

async function keepPart(name: string, figures: unknown): Promise<void> {
  await mkdir(resultsFolder, { recursive: true });
  await writeFile(`${resultsFolder}${name}.json`, `${JSON.stringify(figures, null, 2)}\n`);
}

/** @returns whether something is worse; or nothing could be compared: a guard has not guarded then */
function guard(before: Results, now: Results): boolean {
  const { compared, regressions } = compareResults(before, now);
  for (const { benchmark, says, before: was, now: is, bound } of regressions) {
    process.stdout.write(
      `worse: ${benchmark}, ${says}: ${was.toFixed(2)} was, ${is.toFixed(2)} is, at most ${bound.toFixed(2)}\n`,
    );
  }
  const allowed = `${100 * tolerances.cpu} % for CPU, ${100 * tolerances.wall} % for wall`;
  process.stdout.write(`guard: ${compared} ratios compared, ${regressions.length} worse than before (${allowed})\n`);
  return compared === 0 || regressions.length > 0;
}
