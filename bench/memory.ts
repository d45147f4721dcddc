/**
 * What a job's process takes at its peak, for a text and for one ten times as long. With sandboxes in processes of their
 * own it is what this side takes: sealing, the coordinator, the broker's thread and their pipes. With threads, the mappers'
 * and reducers' heaps are in it too, which grow up to a bound of V8's own. The goal is that input does not matter.
 */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { textCorpus } from "./data.ts";

const run = promisify(execFile);
const megabytes = Number(process.env["BENCH_MEMORY_MB"] ?? 100);
const script = fileURLToPath(new URL("./contender.ts", import.meta.url));

/** Prints the median peak of each, and the ratio of the medians. */
export async function memory({ node, pairs }: { node: string; pairs: number }): Promise<unknown> {
  const files = { small: await textCorpus(megabytes * 1e6), large: await textCorpus(10 * megabytes * 1e6) };
  const results: Record<string, { readonly small: readonly number[]; readonly large: readonly number[] }> = {};
  for (const isolation of ["process", "thread"]) {
    const small: number[] = [];
    const large: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      small.push(await peak(node, files.small, isolation));
      large.push(await peak(node, files.large, isolation));
    }
    const [of, and] = [median(small), median(large)];
    process.stdout.write(
      `  peak of the process, sandboxes as ${isolation.padEnd(7)}: ${of.toFixed(0)} MiB for ${megabytes} MB, ` +
        `${and.toFixed(0)} MiB for ${10 * megabytes} MB, ratio ${(and / of).toFixed(2)}\n`,
    );
    results[isolation] = { small, large };
  }
  return results;
}

/** @returns MiB */
async function peak(node: string, file: string, isolation: string): Promise<number> {
  const { stdout } = await run(node, ["--import", "tsx", script, "sealfold", "word-count", file, "2", isolation]);
  return (JSON.parse(stdout) as { readonly peakMiB: number }).peakMiB;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
