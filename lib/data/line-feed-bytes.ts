/** The bytes of the module that counts line feeds. In a worker's bundle `sandbox/module-plugin.ts` puts them in this module's place. */

import { readFileSync } from "node:fs";

const folder = import.meta.url.endsWith(".ts") ? "../../dist/lib/data/" : "./";

/** Where the build puts it. */
export const lineFeedFile: URL = new URL(`${folder}line-feeds.wasm`, import.meta.url);

/** @returns a module in WebAssembly */
export function lineFeedBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(lineFeedFile));
}
