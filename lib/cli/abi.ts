/** `sealfold program abi`: where the files are with which programs in WebAssembly are written. */

import { fileURLToPath } from "node:url";

import type { CommandIo } from "./command-io.ts";

/** Writes the folder, so that a compiler's command can have it. @returns the exit status */
export function abi(io: CommandIo): number {
  io.stdout.write(`${fileURLToPath(new URL("../program/wasm", import.meta.url))}\n`);
  return 0;
}
