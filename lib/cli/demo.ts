/** `sealfold demo`: what sealfold does, shown on one small job; or under a host that cheats. */

import type { CommandIo } from "./command-io.ts";
import type { DemoFlags } from "./demo-flags.ts";

/** @returns the exit status. @throws {SealfoldError} USAGE for an attack that there is not; CANCELLED */
export async function demo(flags: DemoFlags, io: CommandIo): Promise<number> {
  if (flags.evilHost === true) {
    const { evilHost } = await import("./evil-host.ts");
    return evilHost(flags, io);
  }
  const { honestHost } = await import("./honest-host.ts");
  return honestHost(io);
}
