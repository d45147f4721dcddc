/** How soon a sandbox that is stuck in its program is gone: asked of a real job, on threads and on processes. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface Ending {
  readonly isolation: "thread" | "process";
  readonly stuck: string;
  /** From the call that ends it to the end of its thread, or of its process. */
  readonly ms: readonly number[];
}

/** @param node - runs it from its sources; through tsx where it is an older one */
export async function measureEndings(node: string): Promise<readonly Ending[]> {
  const script = fileURLToPath(new URL("./end-stuck.ts", import.meta.url));
  const { stdout: version } = await promisify(execFile)(node, ["--version"]);
  const loader = Number(version.slice(1).split(".")[0]) < 22 ? ["--import", "tsx"] : [];
  const { stdout } = await promisify(execFile)(node, ["--no-warnings", ...loader, script], { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout) as readonly Ending[];
}
