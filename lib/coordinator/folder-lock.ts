/**
 * One process at a time in one folder. Locks are numbered files: whoever finds the newest one's holder gone makes the
 * next number, which only one can, and has the folder unless a still newer one is there by then. The newest file is
 * never removed, so that nobody who looked a while ago can make an old number pass for the newest.
 *
 * Processes of other machines that share the folder are not seen.
 */

import { link, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { toHex } from "../crypto/bytes.ts";
import { systemRandom } from "../crypto/random.ts";
import { SealfoldError } from "../errors.ts";

/** A file that is a lock, or was on its way to become one. */
export const lockFilePattern: RegExp = /^(?:lock-\d{1,15}|try-\d{1,10}-\d{1,20}-[0-9a-f]{16})$/;

const numbered = /^lock-(\d{1,15})$/;
const attempted = /^try-(\d{1,10})-(\d{1,20})-[0-9a-f]{16}$/;
const held = /^(\d{1,10}) (\d{1,20})\n$/;

/** A process, and when it began: numbers of processes are used again. */
interface Holder {
  readonly pid: number;
  /** In the system's own count, or "0" where it does not tell. */
  readonly began: string;
}

export class FolderLock {
  readonly #file: string;

  /** @throws {SealfoldError} STATE_IN_USE when a process that lives has it; the system's own errors */
  static async take(folder: string): Promise<FolderLock> {
    for (;;) {
      const newest = Math.max(0, ...(await generationsIn(folder)));
      const holder = await holderOf(join(folder, `lock-${newest}`));
      if (holder !== undefined && (await isAlive(holder))) throw inUse(folder, holder);
      const own = newest + 1;
      if (!(await claim(folder, own))) continue;
      const others = await generationsIn(folder);
      if (others.some((generation) => generation > own)) {
        await rm(join(folder, `lock-${own}`), { force: true });
        continue;
      }
      for (const older of others) if (older < own) await rm(join(folder, `lock-${older}`), { force: true });
      await removeAttempts(folder);
      return new FolderLock(join(folder, `lock-${own}`));
    }
  }

  private constructor(file: string) {
    this.#file = file;
  }

  /** Leaves the file, which then names nobody. A folder that is gone needs no lock any more. */
  async release(): Promise<void> {
    await truncate(this.#file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    });
  }
}

async function generationsIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).flatMap((name) => numbered.exec(name)?.slice(1, 2).map(Number) ?? []);
}

/** The file appears with its content, or not at all: made under another name, then linked. */
async function claim(folder: string, generation: number): Promise<boolean> {
  const own: Holder = { pid: process.pid, began: await beganAt(process.pid) };
  const attempt = join(folder, `try-${own.pid}-${own.began}-${toHex(systemRandom(8))}`);
  await writeFile(attempt, `${own.pid} ${own.began}\n`, { flag: "wx", mode: 0o600, flush: true });
  try {
    await link(attempt, join(folder, `lock-${generation}`));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(attempt, { force: true });
  }
}

/** What processes left that were killed while they tried. */
async function removeAttempts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid, began] = attempted.exec(name) ?? [];
    if (pid === undefined || began === undefined || (await isAlive({ pid: Number(pid), began }))) continue;
    await rm(join(folder, name), { force: true });
  }
}

/** @returns `undefined` when nobody has the lock: it was given back, or the machine lost power while it was made */
async function holderOf(file: string): Promise<Holder | undefined> {
  const text = await readFile(file, "latin1").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  });
  const [, pid, began] = held.exec(text) ?? [];
  return pid === undefined || began === undefined ? undefined : { pid: Number(pid), began };
}

async function isAlive({ pid, began }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false; // EPERM: there, and somebody else's
  }
  const since = await beganAt(pid);
  return since === began || since === "0" || began === "0";
}

/** Field 22 of proc(5)'s `stat`: clock ticks since the machine began. */
async function beganAt(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => ""); // a system without it, or a process gone
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return /^\d{1,20}$/.exec(fields[19] ?? "")?.[0] ?? "0";
}

function inUse(folder: string, { pid }: Holder): SealfoldError {
  return new SealfoldError("STATE_IN_USE", `${folder} is in use by process ${pid}`, { file: folder });
}
