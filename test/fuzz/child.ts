/**
 * One target in a process of its own, so that one that hangs or crashes takes nothing with it. Lines of JSON on file
 * descriptor 3 say what it does: a number of cases, or the outcome.
 */

import { writeSync } from "node:fs";

import { foundIn, type Report } from "./report.ts";
import { runCampaign } from "./campaign.ts";
import { targets } from "./targets.ts";

const [name = "", seed = "0", milliseconds = "0", path] = process.argv.slice(2);
const aim = targets[name];
if (aim === undefined) throw new RangeError(`there is no target "${name}"`);

let cases = 0;
const report = (what: Report): void => void writeSync(3, `${JSON.stringify(what)}\n`);
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    report({ outcome: { cases, finding: foundIn(path ?? `${cases - 1}`, `${event}: ${stackOf(error)}`) } });
    process.exit(1);
  });
}
const outcome = await runCampaign(await aim(), {
  seed: Number(seed),
  milliseconds: Number(milliseconds),
  path,
  onCase: () => report({ begun: cases++ }),
});
report({ outcome });
process.exit(0); // whatever a case left behind is no reason to stay

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
