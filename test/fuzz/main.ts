/**
 * `npm run fuzz [-- --seconds N --seed S --target NAME --path P]`: tries to find an input, at any wall, that is answered
 * by anything but data or a code. The seconds are shared among the targets, one after the other, each in a process of
 * its own. Ends with 1 where something was found, and says how to see it again.
 */

import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { longestCaseMs } from "./campaign.ts";
import { runProcess } from "./run-process.ts";
import { targets } from "./targets.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string" },
    target: { type: "string", multiple: true },
    path: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed ?? randomInt(2 ** 31));
const names = values.target ?? Object.keys(targets);
const unknown = names.filter((name) => !Object.hasOwn(targets, name));
if (unknown.length > 0 || !(seconds > 0) || !Number.isInteger(seed)) {
  process.stderr.write(`fuzz: --seconds N --seed S --path P --target ${Object.keys(targets).join("|")}\n`);
  process.exit(2);
}
process.stdout.write(`fuzz: seed ${seed}, ${seconds} s, Node ${process.version}\n`);
/** What a process takes until its first case, about. */
const startup = 1500;
const until = Date.now() + seconds * 1000;
let found = 0;
for (const [at, name] of names.entries()) {
  const share = (until - Date.now()) / (names.length - at) - startup;
  const child = ["--no-warnings", "--import", "tsx", fileURLToPath(new URL("./child.ts", import.meta.url))];
  const { path } = values;
  const args = [...child, name, `${seed}`, `${Math.max(share, 1000)}`, ...(path === undefined ? [] : [path])];
  const { cases, finding } = await runProcess(args, { silentMs: 2 * longestCaseMs, ...(path && { path }) });
  process.stdout.write(`${name.padEnd(12)} ${`${cases}`.padStart(9)} cases   ${finding ? "FOUND" : "nothing found"}\n`);
  if (finding === undefined) continue;
  found++;
  process.stdout.write(
    `  ${finding.error.replaceAll("\n", "\n  ")}\n  smallest input: ${finding.input}\n` +
      `  again: npm run fuzz -- --target ${name} --seed ${seed} --path ${finding.path}\n`,
  );
}
process.exitCode = found === 0 ? 0 : 1;
