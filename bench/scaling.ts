/**
 * How much faster two mappers are than one, by the wall, where the program is all the work; and two bare threads. The
 * work takes a mapper some 15 seconds: start-up, which does not scale, must not be what is measured.
 */

import { buildProgramFile, buildWorker } from "./build.ts";
import type { Outcome, RunOptions } from "./compare.ts";
import { stationRows } from "./data.ts";
import { peersFolder } from "./peers.ts";
import type { Row } from "./results.ts";
import { interleave, nodeRunner, type Runner } from "./runs.ts";
import { type Goal, judge, ratioOf } from "./statistics.ts";

const rows = Number(process.env["BENCH_SCALING_ROWS"] ?? 5_000_000);
const goal = { goal: 1.8, stretch: 1.9, better: "more" } as const satisfies Goal;

export async function scaling({ node, contender, rounds }: RunOptions): Promise<Outcome> {
  const file = await stationRows(rows);
  const program = await buildProgramFile("recurrence");
  const worker = await buildWorker("strings", "recurrence");
  const runner = (name: "sealfold" | "bare", threads: number): Runner =>
    nodeRunner(node, contender, {
      contender: name,
      question: "means",
      program,
      worker,
      file,
      threads,
      peers: peersFolder,
    });
  const runs = await interleave(
    {
      "sealfold 1": runner("sealfold", 1),
      "sealfold 2": runner("sealfold", 2),
      "bare 1": runner("bare", 1),
      "bare 2": runner("bare", 2),
    },
    rounds,
  );
  const gain = (name: "sealfold" | "bare"): Row => {
    const wall = (threads: 1 | 2): number[] => runs[`${name} ${threads}`].map((measure) => measure.wall);
    const mapper = name === "bare" ? "threads ÷ 1" : "mappers ÷ 1";
    return { says: `${name}: 2 ${mapper}, throughput by wall`, ratio: ratioOf(wall(1), wall(2)), better: "more" };
  };
  const ours = gain("sealfold");
  return {
    says: `1,500 steps of arithmetic on each of ${rows.toLocaleString("en")} rows`,
    rows: [{ ...ours, ...goal, verdict: judge(ours.ratio.median, goal) }, gain("bare")],
    runs,
    absent: {},
  };
}
