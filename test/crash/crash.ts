/** One crash: a job is killed at a point, started again as it was, and compared with one that nothing befell. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { JobEvent } from "../../lib/coordinator/events.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const killer = new URL("./kill-at.ts", import.meta.url).href;

/** A job over one file. */
export interface CrashJob {
  readonly program: string;
  readonly input: string;
  /** For state, receipts and logs; made and removed by whoever asks. */
  readonly folder: string;
}

/** What came of one crash. */
export interface CrashOutcome {
  readonly point: string;
  /** Tasks and partitions that were assigned and not committed when the process was killed. */
  readonly inFlight: number;
  /** Those among all that were assigned before which were assigned once more. */
  readonly redone: number;
  /** What is wrong; nothing when all is well. */
  readonly faults: readonly string[];
  readonly killedMs: number;
  readonly resumedMs: number;
}

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly output: string;
  readonly errors: string;
  readonly ms: number;
}

/** @returns the output of the job when nothing befalls it, with state or without */
export async function undisturbed(job: CrashJob): Promise<string> {
  const { status, output, errors } = await runJob(job, {});
  if (status !== 0) throw new Error(`the job itself fails: ${errors}`);
  return output;
}

export async function crashAt(job: CrashJob, point: string, expected: string): Promise<CrashOutcome> {
  const folder = join(job.folder, point.replace(/\W+/g, "-"));
  await mkdir(folder);
  const paths = {
    state: join(folder, "state"),
    receipt: join(folder, "receipt.json.gz"),
    temporary: join(folder, "tmp"),
  };
  await mkdir(paths.temporary);
  const first = await runJob(job, { ...paths, point, log: join(folder, "first.jsonl") });
  const second = await runJob(job, { ...paths, log: join(folder, "second.jsonl") });
  const [before, after] = [await eventsIn(join(folder, "first.jsonl")), await eventsIn(join(folder, "second.jsonl"))];
  const assigned = itemsOf(before, "assign");
  const committed = new Set(itemsOf(before, "commit"));
  const inFlight = [...new Set(assigned)].filter((item) => !committed.has(item));
  const again = [...new Set(itemsOf(after, "assign"))].filter((item) => assigned.includes(item));
  const faults = [
    ...fault(first.signal !== "SIGKILL", `it was not killed: ${first.status} ${first.errors}`),
    ...fault(second.status !== 0, `it does not go on: ${second.errors}`),
    ...fault(second.output !== expected, "its output is another"),
    ...fault(
      again.length > inFlight.length,
      `${again.join(", ")} were done again; ${inFlight.join(", ")} were in flight`,
    ),
    ...fault(
      again.some((item) => committed.has(item)),
      "something that was committed was done again",
    ),
    ...leftOver(await readdir(paths.temporary)),
    ...(second.status === 0 ? await receiptFaults(paths.receipt) : []),
  ];
  await rm(folder, { recursive: true });
  return {
    point,
    inFlight: inFlight.length,
    redone: again.length,
    faults,
    killedMs: first.ms,
    resumedMs: second.ms,
  };
}

interface RunOptions {
  readonly state?: string;
  readonly receipt?: string;
  readonly temporary?: string;
  readonly point?: string;
  readonly log?: string;
}

function runJob({ program, input }: CrashJob, { state, receipt, temporary, point, log }: RunOptions): Promise<Ended> {
  const flags = ["--json", "--quiet", "--mappers", "2", "--reducers", "2"];
  if (state !== undefined) flags.push("--state", state);
  if (receipt !== undefined) flags.push("--receipt", receipt);
  return sealfold(["run", program, input, ...flags], {
    ...(temporary && { TMPDIR: temporary }),
    ...(point && { CRASH_POINT: point }),
    ...(log && { CRASH_LOG: log }),
  });
}

async function sealfold(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const since = performance.now();
  const node = ["--import", "tsx", "--import", killer, join(root, "lib/cli/main.ts"), ...args];
  const child = spawn(process.execPath, node, { cwd: root, env: { ...process.env, ...env } });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const [status, signal] = (await once(child, "close")) as [number | null, string | null];
  return { status, signal, output, errors, ms: performance.now() - since };
}

async function receiptFaults(receipt: string): Promise<readonly string[]> {
  const { status, errors } = await sealfold(["verify", receipt], {});
  return fault(status !== 0, `its receipt does not verify: ${errors}`);
}

async function eventsIn(log: string): Promise<readonly JobEvent[]> {
  const text = await readFile(log, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ""; // nothing was told of a job
    throw error;
  });
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as JobEvent);
}

function itemsOf(events: readonly JobEvent[], kind: "assign" | "commit"): readonly string[] {
  return events.flatMap((event) => (event.kind === kind ? [`${event.role} ${event.item}`] : []));
}

/** What runs TypeScript keeps what it made of it there, and that is not the job's. */
function leftOver(names: readonly string[]): readonly string[] {
  const left = names.filter((name) => !/^(?:tsx-|node-compile-cache)/.test(name));
  return fault(left.length > 0, `files are left over elsewhere: ${left.join(", ")}`);
}

function fault(is: boolean, text: string): readonly string[] {
  return is ? [text] : [];
}
