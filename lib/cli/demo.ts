/** `sealfold demo`: what sealfold is for, shown on one small job. */

import type { CommandIo } from "./command-io.ts";
import type { DemoFlags } from "./demo-flags.ts";

/** @returns the exit status */
export async function demo(flags: DemoFlags, io: CommandIo): Promise<number> {
  const { evilHost } = await import("./evil-host.ts");
  return evilHost(flags, io);
}
