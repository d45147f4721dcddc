/** The bytes of the scanner. In the worker's bundle `sandbox/module-plugin.ts` puts them in this module's place. */

import { readFileSync } from "node:fs";

import { scannerFile } from "./scanner-file.ts";

/** @returns a module in WebAssembly */
export function scannerBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(scannerFile));
}
