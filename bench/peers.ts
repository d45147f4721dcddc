/** The peers that `--peers` installs, which are no part of the package, and which of them are there. */

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Holds their package.json and, where they are installed, their node_modules. */
export const peersFolder: string = fileURLToPath(new URL("./peers/", import.meta.url));

/** By contender: the peer's package. */
const packages = { duckdb: "@duckdb/node-api", chdb: "chdb" } as const;
/** By contender: the command, and how it says its version. mawk says it on standard error, and ends with an error. */
const commands = { mawk: ["-W", "version"], gawk: ["--version"] } as const;

/** By command, what has it on Debian. */
const debianPackages: Readonly<Record<string, readonly string[]>> = {
  mawk: ["mawk"],
  gawk: ["gawk"],
  cc: ["gcc", "libc6-dev"],
};

export type Peer = keyof typeof packages | keyof typeof commands;

/**
 * Installs what is missing: from npm under bench/peers, and from Debian where this is Debian and nobody has to be asked.
 * @returns what it could not install, and how one does
 * @throws {Error} where npm or apt-get fails
 */
export async function installPeers(): Promise<readonly string[]> {
  const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  await run("npm", ["install", ...quiet], { cwd: peersFolder });
  const missing: string[] = [];
  for (const [command, wanted] of Object.entries(debianPackages)) {
    if (!(await isThere(command))) missing.push(...wanted);
  }
  if (missing.length === 0) return [];
  const install = ["install", "-y", "--no-install-recommends", ...missing];
  if (process.getuid?.() !== 0 || !(await isThere("apt-get"))) return [`sudo apt-get ${install.join(" ")}`];
  await run("apt-get", ["update"]);
  await run("apt-get", install);
  return [];
}

async function isThere(command: string): Promise<boolean> {
  return (await outputOf(command, ["--version"])) !== undefined;
}

/** @returns the versions of the peers that are there */
export async function findPeers(): Promise<Readonly<Partial<Record<Peer, string>>>> {
  const found: Partial<Record<Peer, string>> = {};
  for (const [peer, name] of Object.entries(packages) as [keyof typeof packages, string][]) {
    const version = await installedVersion(name);
    if (version !== undefined) found[peer] = version;
  }
  for (const [peer, flags] of Object.entries(commands) as [keyof typeof commands, readonly string[]][]) {
    const version = await commandVersion(peer, flags);
    if (version !== undefined) found[peer] = version;
  }
  return found;
}

async function installedVersion(name: string): Promise<string | undefined> {
  try {
    const text = await readFile(`${peersFolder}node_modules/${name}/package.json`, "utf8");
    return (JSON.parse(text) as { readonly version: string }).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function commandVersion(command: string, flags: readonly string[]): Promise<string | undefined> {
  return /\d+\.\d+[.\d]*/.exec((await outputOf(command, flags)) ?? "")?.[0];
}

/** @returns all that a command says, even where it fails; undefined where there is none of that name */
async function outputOf(command: string, flags: readonly string[]): Promise<string | undefined> {
  const told = await run(command, flags).catch(
    (error: NodeJS.ErrnoException & Partial<Record<"stdout" | "stderr", string>>) => error,
  );
  if ("code" in told && told.code === "ENOENT") return undefined;
  return `${told.stdout}${told.stderr}`;
}
