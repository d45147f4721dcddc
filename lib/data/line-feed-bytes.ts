/** The bytes of the module that counts line feeds. In a worker's bundle `sandbox/bundle-plugins.ts` puts them in this module's place. */

import { readFileSync } from "node:fs";

const isSource = /\.ts(\?|$)/u.test(import.meta.url); // a loader in a thread puts more behind it
const folder = isSource ? "../../dist/lib/data/" : "./";

/** Where the build puts it. */
export const lineFeedFile: URL = new URL(`${folder}line-feeds.wasm`, import.meta.url);

/** @returns a module in WebAssembly */
export function lineFeedBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(lineFeedFile));
}
