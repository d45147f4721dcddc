/**
 * One run of one contender: `contender.mjs TASK`, the task as JSON. Prints one line of JSON: CPU and wall seconds of the
 * whole process until every key was read once, peak memory, and a digest of the answer, which is not in them.
 */

import { digestAnswer } from "../answer.ts";
import type { Measure } from "../results.ts";
import type { Answer, NodeContender, Task } from "./contender.ts";

const contenders: Readonly<Record<NodeContender, () => Promise<{ readonly answer: (task: Task) => Promise<Answer> }>>> =
  {
    sealfold: () => import("./sealfold.ts"),
    bare: () => import("./bare.ts"),
    "bare-pieces": () => import("./bare-pieces.ts"),
    "bare-engine": () => import("./bare-engine.ts"),
    "bare-bytes": () => import("./bare-bytes.ts"),
    node: () => import("./node.ts"),
    duckdb: () => import("./duckdb.ts"),
    chdb: () => import("./chdb.ts"),
  };

const task = JSON.parse(process.argv[2] ?? "") as Task;
const { answer } = await contenders[task.contender]();
const entries = await answer(task);
let keys = 0;
let total = 0;
for (const [, value] of entries) {
  keys++;
  total += value;
}
const { user, system } = process.cpuUsage();
const measure: Omit<Measure, "answer"> = {
  cpu: (user + system) / 1e6,
  wall: performance.now() / 1e3,
  peakMiB: process.resourceUsage().maxRSS / 1024,
  keys,
};
if (!Number.isFinite(total)) throw new Error("the answer is not made of numbers");
process.stdout.write(`${JSON.stringify({ ...measure, answer: digestAnswer(entries) })}\n`);
