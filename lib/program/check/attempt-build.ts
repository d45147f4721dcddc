/** Bundles a program as it is bundled for a run, and, where imports are refused, once more without them. */

import type { BuildOptions, Message, OutputFile, Plugin } from "esbuild";

import { programImports, resolveImport } from "../bundle-imports.ts";
import { buildOptions, entryName } from "../bundle.ts";

/** What came of it. */
export interface Attempt {
  readonly errors: readonly Message[];
  readonly warnings: readonly Message[];
  /** The script and its source map, also where an import or the default export is missing. */
  readonly output: { readonly script: string; readonly map: string } | undefined;
}

/** @param path - the absolute path of the program's file */
export async function attemptBuild(path: string): Promise<Attempt> {
  const { build } = await import("esbuild");
  const first = await outcome(() => build(buildOptions(path)));
  const { errors, warnings } = first;
  if (errors.length === 0) return { errors, warnings, output: outputOf(first.outputFiles) };
  if (!errors.every((message) => isImportError(message) || isNoExport(message))) {
    return { errors, warnings, output: undefined };
  }
  const second = await outcome(() => build(lenientOptions(path, errors.some(isNoExport))));
  return { errors, warnings: second.warnings, output: outputOf(second.outputFiles) };
}

/** @returns whether the message says that there is no default export. */
export function isNoExport({ location }: Message): boolean {
  return location?.file === entryName;
}

/** @returns whether the message is about an import that is refused or leads nowhere. */
export function isImportError({ pluginName, text }: Message): boolean {
  return pluginName === programImports.name || text.includes("not resolve");
}

interface Outcome {
  readonly errors: readonly Message[];
  readonly warnings: readonly Message[];
  readonly outputFiles?: readonly OutputFile[] | undefined;
}

async function outcome(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (typeof error !== "object" || error === null || !("errors" in error)) throw error;
    return { warnings: [], ...(error as { readonly errors: readonly Message[] }) };
  }
}

function outputOf(files: Outcome["outputFiles"]): Attempt["output"] {
  const [map, script] = files ?? [];
  return map === undefined || script === undefined ? undefined : { script: script.text, map: map.text };
}

function lenientOptions(path: string, withoutExport: boolean): BuildOptions {
  const { stdin, ...options } = buildOptions(path);
  const contents = `import * as all from ${JSON.stringify(path)};\nglobalThis.all = all;\n`;
  return {
    ...options,
    ...(stdin && { stdin: withoutExport ? { ...stdin, contents } : stdin }),
    plugins: [lenientImports],
  };
}

const seen = Symbol("seen");

/** In place of what is refused, or not there, comes an empty module. */
const lenientImports: Plugin = {
  name: "sealfold-lenient-imports",
  setup: (build) => {
    build.onResolve({ filter: /.*/ }, async (args) => {
      if (args.pluginData === seen) return undefined;
      const decided = resolveImport(args);
      if (decided !== undefined && decided.errors === undefined) return decided;
      const { path, kind, importer, namespace, resolveDir } = args;
      const found = await build.resolve(path, { kind, importer, namespace, resolveDir, pluginData: seen });
      if (decided === undefined && found.errors.length === 0) return found;
      return { path, namespace: "sealfold-refused" };
    });
    build.onLoad({ filter: /.*/, namespace: "sealfold-refused" }, () => ({ contents: "module.exports = {}" }));
  },
};
