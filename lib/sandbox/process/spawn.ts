/** Starts the process of one sandbox, bare: no environment, no flags, no files but a pipe, and the kernel's bounds. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Duplex, Readable } from "node:stream";

import { dataKiB } from "./allowance.ts";
import { pipeNumber } from "./order.ts";

export interface Spawned {
  readonly pipe: Duplex;
  /** What it says on its way: V8's last words among it. */
  readonly said: Readable;
  /** Settles when the process is gone, or could not be started. */
  readonly gone: Promise<void>;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

const shell = "/bin/sh";

/**
 * @param entry - the script that the process runs
 * @throws {Error} of the system, when there can be no further process
 */
export function spawnSandbox(entry: string, memoryMiB: number): Spawned {
  const [command, ...args] = commandLine(entry, memoryMiB);
  const child = spawn(command, args, {
    cwd: dirname(entry),
    env: {},
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    detached: process.platform !== "win32", // Ctrl-C is for the launcher, which ends it in good order
    windowsHide: true,
  });
  return {
    pipe: child.stdio[pipeNumber] as Duplex,
    said: child.stderr as Readable,
    gone: untilGone(child),
    kill: () => child.kill("SIGKILL"),
  };
}

/**
 * A shell sets bounds for the process that it then becomes: no core dump, which would hold keys; a bound of its private
 * memory; and, where the machine runs out all the same, this process is the first to go. Not every system has each.
 */
function commandLine(entry: string, memoryMiB: number): [string, ...string[]] {
  if (!existsSync(shell)) return [process.execPath, entry];
  const bounds = ["ulimit -c 0", `ulimit -d ${dataKiB(memoryMiB)}`, "{ echo 1000 > /proc/self/oom_score_adj; }"].map(
    (bound) => `${bound} 2>/dev/null`,
  );
  return [shell, "-c", `${bounds.join("; ")}; unset PWD OLDPWD SHLVL; exec "$@"`, shell, process.execPath, entry];
}

function untilGone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => {
      if (child.pid === undefined) resolve();
    });
  });
}
