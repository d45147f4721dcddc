/**
 * After `tsc`: replaces each worker by its one-file bundle, of which the sandbox's digest is the runtime measurement, puts
 * the library's parts together, adds what programs in WebAssembly are built with, and compiles what is in AssemblyScript:
 * first of all what is part of the workers' bundles.
 */

import { cp, mkdir, rm, writeFile } from "node:fs/promises";

import { bundleWorker } from "../lib/sandbox/worker-bundle.ts";
import { workerFiles } from "../lib/sandbox/worker-names.ts";
import { compileLineFeeds, compileScanner, compileTemplate, templateNames } from "./assembly.ts";
import { bundleLibrary } from "./bundle-library.ts";

await writeFile(new URL("../dist/lib/program/scanner.wasm", import.meta.url), await compileScanner());
await writeFile(new URL("../dist/lib/data/line-feeds.wasm", import.meta.url), await compileLineFeeds());

for (const name of ["sandbox", "process", "seal"] as const) {
  await rm(new URL(`../dist/workers/${name}.js`, import.meta.url));
  await writeFile(new URL(`../dist/workers/${workerFiles[name]}`, import.meta.url), await bundleWorker(name));
}

await bundleLibrary();

const wasm = (name: string, top = ".."): URL => new URL(`${top}/lib/program/wasm/${name}`, import.meta.url);
for (const name of ["ABI.md", "sealfold.h", "assembly"]) {
  await cp(wasm(name), wasm(name, "../dist"), { recursive: true });
}

await mkdir(new URL("../dist/lib/builtin/", import.meta.url), { recursive: true });
for (const name of templateNames) {
  await writeFile(new URL(`../dist/lib/builtin/${name}.wasm`, import.meta.url), await compileTemplate(name));
}
