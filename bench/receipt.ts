/** What a receipt takes per map task: bytes, and CPU to verify it. Of a whole job's, with all else that a receipt holds. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { buildProgramFile } from "./build.ts";
import type { Outcome, RunOptions } from "./compare.ts";
import type { ReceiptMeasure } from "./contenders/receipt.ts";
import { textCorpus } from "./data.ts";
import type { Row } from "./results.ts";
import { judge, median } from "./statistics.ts";

const run = promisify(execFile);
const megabytes = Number(process.env["BENCH_TEXT_MB"] ?? 500);
const goals = { bytes: 1.2, verify: 0.5 } as const;
/** What every receipt has once is shared by more tasks then. */
const manyMappers = 8;

export async function receipt({ node, contender, rounds }: RunOptions): Promise<Outcome> {
  const script = contender.replace(/contender\.mjs$/, "receipt.mjs");
  const args = ["--no-warnings", script, await buildProgramFile("string-words"), await textCorpus(megabytes * 1e6)];
  const measured = async (mappers: number): Promise<ReceiptMeasure> => {
    const { stdout } = await run(node, [...args, String(mappers)]);
    return JSON.parse(stdout) as ReceiptMeasure;
  };
  const measures: ReceiptMeasure[] = [];
  const larger: ReceiptMeasure[] = [];
  for (let round = 0; round < rounds; round++) {
    measures.push(await measured(2));
    larger.push(await measured(manyMappers));
  }
  const perTask = (of: (measure: ReceiptMeasure) => number) => (one: ReceiptMeasure) => of(one) / one.tasks;
  const each = (of: (measure: ReceiptMeasure) => number): number[] => measures.map(perTask(of));
  const many = `where there are ${larger[0]?.tasks}`;
  return {
    says: `the receipt of ${measures[0]?.tasks} map tasks over ${megabytes} MB of text`,
    rows: [
      row("bytes per map task, packed", { figures: each(({ bytes }) => bytes / 1024), unit: "KiB", goal: goals.bytes }),
      row("bytes per map task, as text", { figures: each(({ textBytes }) => textBytes / 1024), unit: "KiB" }),
      row("CPU to verify, per map task", { figures: each(({ verifyMs }) => verifyMs), unit: "ms", goal: goals.verify }),
      row("the same once it is warm", { figures: each(({ warmMs }) => warmMs), unit: "ms" }),
      row(`bytes per map task, packed, ${many}`, {
        figures: larger.map(perTask(({ bytes }) => bytes / 1024)),
        unit: "KiB",
      }),
      row(`CPU to verify, per map task, ${many}`, {
        figures: larger.map(perTask(({ verifyMs }) => verifyMs)),
        unit: "ms",
      }),
      row(`the same once it is warm, ${many}`, { figures: larger.map(perTask(({ warmMs }) => warmMs)), unit: "ms" }),
    ],
    runs: {},
    absent: {},
  };
}

interface Figures {
  readonly figures: readonly number[];
  readonly unit: string;
  readonly goal?: number;
}

function row(says: string, { figures, unit, goal }: Figures): Row {
  const ratio = { median: median(figures), low: Math.min(...figures), high: Math.max(...figures) };
  return { says, ratio, unit, ...(goal !== undefined && { goal, verdict: judge(ratio.median, { goal }) }) };
}
