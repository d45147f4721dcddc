/** What a process holds: threads, ports and other handles, open files, temporary files. */

import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

/** Turns of the event loop in which what was closed goes. */
const turns = 200;

/** Kinds of what is held, with their numbers. */
export type Holdings = ReadonlyMap<string, number>;

/** Runs `work` with a folder for temporary files of its own; gives back what it left in there. */
export async function withOwnTemporary<T>(work: () => Promise<T>): Promise<{ result: T; files: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "sealfold-chaos-"));
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  try {
    const result = await work();
    return { result, files: readdirSync(folder) };
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    await rm(folder, { recursive: true });
  }
}

export function holdings(): Holdings {
  const held = new Map<string, number>();
  const add = (kind: string): void => void held.set(kind, (held.get(kind) ?? 0) + 1);
  for (const kind of process.getActiveResourcesInfo()) if (kind !== "Immediate") add(kind);
  for (const _ of liveThreads()) add("thread");
  for (const path of openFiles()) add(`file ${path}`);
  return held;
}

/** @returns what is held beyond `before` and does not go within some turns of the event loop; nothing, if all is well. */
export async function leftSince(before: Holdings): Promise<readonly string[]> {
  let more: readonly string[] = [];
  for (let turn = 0; turn < turns; turn++) {
    more = [...holdings()]
      .filter(([kind, count]) => count > (before.get(kind) ?? 0))
      .map(([kind, count]) => `${count - (before.get(kind) ?? 0)} × ${kind}`);
    if (more.length === 0) break;
    await setImmediate();
  }
  return more;
}

/** Worker threads of this process, as Node's own diagnostic report counts them. */
function liveThreads(): readonly unknown[] {
  return (process.report.getReport() as unknown as { readonly workers: readonly unknown[] }).workers;
}

/** Regular files that are open, those without a name included; where the system does not tell, none. */
function openFiles(): readonly string[] {
  const folder = "/proc/self/fd";
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((fd) => {
    try {
      const path = readlinkSync(join(folder, fd));
      return path.startsWith("/") && !path.startsWith("/dev/") && !path.startsWith("/proc/") ? [path] : [];
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return []; // the one that listed the folder
      throw error;
    }
  });
}
