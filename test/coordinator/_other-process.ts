/** A module's text, run in a process of its own that has the sources. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const diskStoreUrl: string = new URL("../../lib/coordinator/disk-store.ts", import.meta.url).href;

/** @returns what it wrote to standard output, and the signal that ended it */
export async function ended(source: string): Promise<readonly [output: string, signal: string | null]> {
  const options = { cwd: fileURLToPath(new URL("../../", import.meta.url)) };
  const args = ["--import", "tsx", "--input-type=module", "--eval", source];
  const child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  const [, signal] = (await once(child, "close")) as [number | null, string | null];
  return [output, signal];
}
