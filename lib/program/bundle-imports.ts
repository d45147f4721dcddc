/** What a program may import: `sealfold/program`, its own files, and packages that need nothing of Node's. */

import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";

import type { OnResolveArgs, OnResolveResult, Plugin } from "esbuild";

/** This library's own module, wherever the program is: the same bytes for every version installed beside it. */
export const programModule: string = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "index.ts" : "index.js", import.meta.url),
);

/** esbuild plugin: resolves `sealfold/program`, and refuses Node, the rest of sealfold, and dynamic imports. */
export const programImports: Plugin = {
  name: "sealfold-imports",
  setup: (build) => {
    build.onResolve({ filter: /.*/ }, resolveImport);
  },
};

/** @returns what esbuild does with an import: nothing special where it is left undefined. */
export function resolveImport({ kind, path }: OnResolveArgs): OnResolveResult | undefined {
  if (kind === "dynamic-import") return refuse("a program has no import(); import at the top of the file");
  if (path === "sealfold/program") return { path: programModule, sideEffects: false };
  if (path === "sealfold" || path.startsWith("sealfold/")) {
    return refuse(`a program may import sealfold/program, not ${path}`);
  }
  if (isBuiltin(path) || path.startsWith("node:"))
    return refuse(`a program cannot import ${path}: it runs without Node`);
  if (/^[a-z]+:\/\//i.test(path)) return refuse("a program cannot import from the network");
  return undefined;
}

function refuse(text: string): OnResolveResult {
  return { errors: [{ text }] };
}
