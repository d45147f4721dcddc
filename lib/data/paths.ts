/** Names of input files: as they are, or with the wildcards of a shell. */

import { lstat, readdir, stat } from "node:fs/promises";
import { sep } from "node:path";

import { SealfoldError } from "../errors.ts";

const wildcard = /[*?]/;
const separator = sep === "/" ? /\// : /[/\\]/;

/**
 * Finds the files that `path` means: itself where there is such a file, else all that match. `*` and `?` stand for
 * characters of one name, `**` for any number of folders; none of them for a dot that begins a name. Links to folders
 * are not followed by `**`.
 * @returns files in the order of their names' code units
 * @throws {SealfoldError} DATA_FILE when there is none
 */
export async function expandPath(path: string): Promise<readonly string[]> {
  if (!wildcard.test(path) || (await exists(path))) return [path];
  const found = new Set<string>();
  await search("", path.split(separator), found);
  if (found.size === 0) throw new SealfoldError("DATA_FILE", `no file matches ${path}`, { file: path });
  return [...found].sort();
}

/** @returns the fault of a file that cannot be read, in words */
export function fileFault(file: string, cause: unknown): SealfoldError {
  const code = errnoCode(cause);
  const says = (code !== undefined && faults[code]) || `cannot be read (${code ?? "unknown reason"})`;
  return new SealfoldError("DATA_FILE", `${file} ${says}`, { file }, { cause });
}

const faults: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EISDIR: "is a folder; name its files, for example with /*",
  EACCES: "may not be read by this user",
  EPERM: "may not be read by this user",
};

/** @param folder - where `parts` begin, ended by a separator; empty for the working folder */
async function search(folder: string, parts: readonly string[], found: Set<string>): Promise<void> {
  const [part = "", ...later] = parts;
  if (!wildcard.test(part)) {
    const name = folder + part;
    if (later.length > 0) await search(`${name}/`, later, found);
    else if (await isFile(name)) found.add(name);
    return;
  }
  if (part === "**") await search(folder, later.length > 0 ? later : ["*"], found);
  const pattern = part === "**" ? /^[^.]/ : patternOf(part);
  for (const name of await namesIn(folder)) {
    if (!pattern.test(name)) continue;
    const path = folder + name;
    if (part === "**") {
      if (await isRealFolder(path)) await search(`${path}/`, parts, found);
    } else if (later.length > 0) await search(`${path}/`, later, found);
    else if (await isFile(path)) found.add(path);
  }
}

function patternOf(part: string): RegExp {
  const source = part
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${part.startsWith(".") ? "" : "(?!\\.)"}${source}$`, "su");
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder === "" ? "." : folder);
  } catch (cause) {
    const code = errnoCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw fileFault(folder, cause);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await ifThere(stat(path))) !== undefined;
}

async function isFile(path: string): Promise<boolean> {
  const found = await ifThere(stat(path));
  return found !== undefined && !found.isDirectory();
}

async function isRealFolder(path: string): Promise<boolean> {
  return (await ifThere(lstat(path)))?.isDirectory() === true;
}

async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (cause) {
    if (errnoCode(cause) !== undefined) return undefined;
    throw cause;
  }
}

function errnoCode(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}
