/**
 * `npm run crash -- --mb N --points all|NAME…`: kills a word count over N megabytes at every named point, starts it again,
 * and compares. Ends with 1 when anything is not as it should be.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { textCorpus } from "../../bench/data.ts";
import { crashAt, undisturbed } from "./crash.ts";
import { crashPoints } from "./points.ts";

const options = { mb: { type: "string", default: "200" }, points: { type: "string", multiple: true } } as const;
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const megabytes = Number(values.mb);
if (!Number.isSafeInteger(megabytes) || megabytes < 1)
  throw new RangeError(`--mb expected 1 or more, got ${values.mb}`);
const asked = [...(values.points ?? ["all"]), ...positionals];
const names = Object.keys(crashPoints).filter((name) => asked.includes("all") || asked.includes(name));
const unknown = asked.find((name) => name !== "all" && !Object.hasOwn(crashPoints, name));
if (unknown !== undefined)
  throw new RangeError(`there is no point "${unknown}"; there are: ${Object.keys(crashPoints).join(", ")}`);

const folder = await mkdtemp(join(tmpdir(), "sealfold-crash-"));
let failed = 0;
try {
  const program = fileURLToPath(new URL("../../examples/1-word-count/word-count.ts", import.meta.url));
  const job = { program, input: await textCorpus(megabytes * 1_000_000), folder };
  const expected = await undisturbed(job);
  process.stdout.write(`${"killed at".padEnd(32)} in flight  redone  killed after  then took\n`);
  for (const name of names) {
    const { inFlight, redone, faults, killedMs, resumedMs } = await crashAt(job, name, expected);
    const numbers = [String(inFlight).padStart(9), String(redone).padStart(7), seconds(killedMs), seconds(resumedMs)];
    process.stdout.write(`${name.padEnd(32)} ${numbers.join(" ")}\n`);
    for (const fault of faults) process.stdout.write(`  ${fault}\n`);
    if (faults.length > 0) failed++;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`${names.length} points, ${failed} with faults\n`);
process.exitCode = failed === 0 ? 0 : 1;

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`.padStart(12);
}
