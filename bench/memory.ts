/**
 * What a job's process takes at its peak, for a text and for one ten times as long. With sandboxes in processes of their
 * own it is what this side takes: sealing, the coordinator, the broker's thread and their pipes. With threads, the mappers'
 * and reducers' heaps are in it too, which grow up to a bound of V8's own. The goal is that input does not matter.
 */

import { buildProgramFile } from "./build.ts";
import type { Outcome, RunOptions } from "./compare.ts";
import { textCorpus } from "./data.ts";
import { peersFolder } from "./peers.ts";
import type { Measure, Row } from "./results.ts";
import { nodeRunner } from "./runs.ts";
import { type Goal, judge, ratioOf } from "./statistics.ts";

const megabytes = Number(process.env["BENCH_MEMORY_MB"] ?? 100);
const goal: Goal = { goal: 1.2 };

export async function memory({ node, contender, rounds }: RunOptions): Promise<Outcome> {
  const small = await textCorpus(megabytes * 1e6);
  const large = await textCorpus(10 * megabytes * 1e6);
  const program = await buildProgramFile("string-words");
  const runs: Record<string, Measure[]> = {};
  const rows: Row[] = [];
  for (const isolation of ["process", "thread"] as const) {
    const peaks = async (file: string, name: string): Promise<Measure[]> => {
      const task = { program, worker: "", file, threads: 2, isolation, peers: peersFolder } as const;
      const run = nodeRunner(node, contender, { contender: "sealfold", question: "letters", ...task });
      const measures: Measure[] = [];
      for (let round = 0; round < rounds; round++) measures.push(await run());
      return (runs[`${isolation}, ${name}`] = measures);
    };
    const [few, many] = [await peaks(small, `${megabytes} MB`), await peaks(large, `${10 * megabytes} MB`)];
    const peak = ({ peakMiB }: Measure): number => peakMiB;
    const says = `peak for ${10 * megabytes} ÷ ${megabytes} MB, sandboxes: ${isolation}`;
    const row: Row = { says, ratio: ratioOf(many.map(peak), few.map(peak)) };
    rows.push(isolation === "thread" ? row : { ...row, ...goal, verdict: judge(row.ratio.median, goal) });
  }
  return { says: "words in a text and in one ten times as long", rows, runs, absent: {} };
}
