/** What processes of sandboxes there are, as Linux tells. */

import { readdirSync, readFileSync } from "node:fs";

/** @returns numbers of the processes of sandboxes that `parent` has started and that are not gone */
export function sandboxProcesses(parent: number = process.pid): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => fileOf(name, "status").includes(`\nPPid:\t${parent}\n`))
    .filter((name) => /\/(?:[0-9a-f]{64}-)?process\.mjs\0/.test(fileOf(name, "cmdline")))
    .map(Number);
}

/** @returns one of the files in which the kernel describes a process, empty once that is gone */
export function fileOf(pid: number | string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return ""; // it has just ended
  }
}

/** Settles when the process is gone. */
export async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
}

export function isAlive(pid: number): boolean {
  const state = /^State:\t(\w)/m.exec(fileOf(pid, "status"))?.[1];
  return state !== undefined && state !== "Z"; // nobody may be there to bury it
}
