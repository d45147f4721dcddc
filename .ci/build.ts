/**
 * After `tsc`: replaces the sandbox worker by its one-file bundle, whose digest is the runtime measurement, and adds what
 * programs in WebAssembly are built with.
 */

import { cp, writeFile } from "node:fs/promises";

import { bundleWorker } from "../lib/sandbox/worker-bundle.ts";

await writeFile(new URL("../dist/workers/sandbox.js", import.meta.url), await bundleWorker());

const wasm = (name: string, top = ".."): URL => new URL(`${top}/lib/program/wasm/${name}`, import.meta.url);
for (const name of ["ABI.md", "sealfold.h", "assembly"]) {
  await cp(wasm(name), wasm(name, "../dist"), { recursive: true });
}
