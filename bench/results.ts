/** What a run leaves behind: `bench/results/latest.json`, one entry per benchmark, each with the surroundings it ran in. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import type { Ratio, Verdict } from "./statistics.ts";

/** What one run of one contender took. */
export interface Measure {
  /** CPU seconds of all threads. */
  readonly cpu: number;
  /** Seconds from the process' start to the answer. */
  readonly wall: number;
  readonly peakMiB: number;
  readonly keys: number;
  /** {@link digestAnswer} of what it answered. */
  readonly answer: string;
}

/** One line of a benchmark's table. */
export interface Row {
  /** What is measured, in words. */
  readonly says: string;
  readonly ratio: Ratio;
  /** Behind the figures, such as "ms" or "KiB". Default: none, of ratios. */
  readonly unit?: string | undefined;
  readonly goal?: number | undefined;
  readonly stretch?: number | undefined;
  readonly better?: "less" | "more" | undefined;
  /** Left out where there is no goal. */
  readonly verdict?: Verdict | undefined;
}

/** One benchmark's last run. */
export interface BenchmarkResult {
  readonly says: string;
  readonly rows: readonly Row[];
  /** Figures per contender, in the order of the rounds. */
  readonly runs: Readonly<Record<string, readonly Measure[]>>;
  /** Contenders that were not there, and why. */
  readonly absent: Readonly<Record<string, string>>;
  readonly surroundings: Surroundings;
}

export interface Surroundings {
  readonly node: string;
  readonly machine: string;
  readonly rounds: number;
  readonly date: string;
  /** Versions of the peers that were there. */
  readonly peers: Readonly<Record<string, string>>;
}

export type Results = Readonly<Record<string, BenchmarkResult>>;

export const resultsFolder: string = fileURLToPath(new URL("./results/", import.meta.url));
const latest = `${resultsFolder}latest.json`;

/** @throws {Error} when there is such a file, and it is no table of results */
export async function readResults(file: string = latest): Promise<Results> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (file === latest && (error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  return parseResults(JSON.parse(text), file);
}

/** @throws {Error} naming `file` */
export function parseResults(value: unknown, file: string): Results {
  const results = (value as { readonly benchmarks?: Results } | null)?.benchmarks;
  const isTable = typeof results === "object" && results !== null;
  if (!isTable || !Object.values(results).every((result) => Array.isArray(result?.rows))) {
    throw new Error(`${file} holds no results of this suite; "npm run bench" writes them`);
  }
  return results;
}

/**
 * Keeps what was not run this time from earlier runs, unless it is not of this suite: what was measured is not lost for it.
 * @param failed - benchmarks of which nothing is to be kept: what they said before, they might not say now
 */
export async function writeResults(
  results: Results,
  failed: readonly string[] = [],
  file: string = latest,
): Promise<Results> {
  const earlier = await readResults(file).catch((error: Error & { readonly code?: string }) => {
    if (error.code === "ENOENT") return {};
    process.stderr.write(`bench: ${error.message}; it is replaced\n`);
    return {};
  });
  const all = Object.fromEntries(
    Object.entries<BenchmarkResult>({ ...earlier, ...results }).filter(([name]) => !failed.includes(name)),
  );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ benchmarks: all }, null, 2)}\n`);
  return all;
}

export function machine(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model.trim() ?? "unknown processor"}`;
}
