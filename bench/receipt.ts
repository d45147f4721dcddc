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

export async function receipt({ node, contender, rounds }: RunOptions): Promise<Outcome> {
  const script = contender.replace(/contender\.mjs$/, "receipt.mjs");
  const args = ["--no-warnings", script, await buildProgramFile("string-words"), await textCorpus(megabytes * 1e6)];
  const measures: ReceiptMeasure[] = [];
  for (let round = 0; round < rounds; round++) {
    const { stdout } = await run(node, args);
    measures.push(JSON.parse(stdout) as ReceiptMeasure);
  }
  const each = (of: (measure: ReceiptMeasure) => number): number[] => measures.map((one) => of(one) / one.tasks);
  return {
    says: `the receipt of ${measures[0]?.tasks} map tasks over ${megabytes} MB of text`,
    rows: [
      row("bytes per map task, packed", { figures: each(({ bytes }) => bytes / 1024), unit: "KiB", goal: goals.bytes }),
      row("bytes per map task, as text", { figures: each(({ textBytes }) => textBytes / 1024), unit: "KiB" }),
      row("CPU to verify, per map task", { figures: each(({ verifyMs }) => verifyMs), unit: "ms", goal: goals.verify }),
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
