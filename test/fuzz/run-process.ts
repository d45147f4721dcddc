/** Runs one target in a process, and takes whatever becomes of that process for an outcome. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import type { Outcome } from "./campaign.ts";
import { foundIn, type Report } from "./report.ts";

export interface ProcessOptions {
  /** How long it may say nothing before it counts as hung. */
  readonly silentMs: number;
  /** The case that is tried, where it is one alone. */
  readonly path?: string;
}

/** @param args - of Node; the process speaks on file descriptor 3, as `child.ts` does */
export function runProcess(args: readonly string[], { silentMs, path }: ProcessOptions): Promise<Outcome> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  return new Promise((resolve, reject) => {
    let cases = 0;
    let outcome: Outcome | undefined;
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, silentMs);
    createInterface(child.stdio[3] as Readable).on("line", (line) => {
      timer.refresh();
      const report = JSON.parse(line) as Report;
      if ("outcome" in report) outcome = report.outcome;
      else cases = report.begun + 1;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const end = hung ? `nothing for ${silentMs} ms: it hung` : `the process ended with ${signal ?? code}`;
      resolve(outcome ?? { cases, finding: foundIn(path ?? `${Math.max(cases - 1, 0)}`, end) });
    });
  });
}
