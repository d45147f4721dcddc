/** The bytes of the scanner. In the worker's bundle `sandbox/bundle-plugins.ts` puts them in this module's place. */

import { readFileSync } from "node:fs";

const folder = import.meta.url.endsWith(".ts") ? "../../../dist/lib/program/" : "../../program/";

/** Where the build puts it. From sources it is the build's: a module is compiled by nothing that comes with the package. */
export const scannerFile: URL = new URL(`${folder}scanner.wasm`, import.meta.url);

/** @returns a module in WebAssembly */
export function scannerBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(scannerFile));
}
