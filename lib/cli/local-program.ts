/** Loads a program's file into this very process, for `run --local`, and finds its author's lines in a stack. */

import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";

import { SealfoldError } from "../errors.ts";
import { programImports } from "../program/bundle-imports.ts";
import { isProgram, type Program } from "../program/program.ts";

export interface LocalProgram {
  readonly program: Program<unknown, unknown>;
  /** @returns the stack of what the program threw, in the lines of its own files; without frames that are not its own. */
  stackOf(thrown: unknown): string | undefined;
}

const scriptName = "sealfold-local-program";

/**
 * Bundles without any change that matters to a debugger, and runs the bundle here.
 * @param path - absolute, of a program that `buildProgram` took: what a sandbox would refuse is refused here too
 * @throws {SealfoldError} PROGRAM_EXPORT
 */
export async function loadLocalProgram(path: string): Promise<LocalProgram> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [path],
    absWorkingDir: dirname(path),
    outfile: resolve(dirname(path), scriptName),
    bundle: true,
    write: false,
    format: "iife",
    globalName: "exported",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    sourcemap: "external",
    sourcesContent: false,
    banner: { js: '(() => { "use strict";' },
    footer: { js: "return exported.default; })()" },
    define: { "import.meta.url": JSON.stringify(pathToFileURL(path).href) },
    logLevel: "silent",
    plugins: [programImports],
  });
  const [map, script] = outputFiles;
  const program: unknown = runInThisContext(script?.text ?? "", { filename: scriptName });
  if (!isProgram(program)) throw new SealfoldError("PROGRAM_EXPORT", undefined, { file: path });
  const lines = new SourceMap(JSON.parse(map?.text ?? "{}") as SourceMapPayload);
  return { program, stackOf: (thrown) => stackOf(thrown, lines, dirname(path)) };
}

function stackOf(thrown: unknown, lines: SourceMap, folder: string): string | undefined {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return undefined;
  const [frames, message] = partition(thrown.stack.split("\n"), (line) => /^\s+at /.test(line));
  const own = frames.filter((line) => line.includes(scriptName)).map((line) => originalFrame(line, lines, folder));
  return [...message, ...own].join("\n");
}

function originalFrame(frame: string, lines: SourceMap, folder: string): string {
  return frame.replace(new RegExp(`${scriptName}:(\\d+):(\\d+)`), (whole, line: string, column: string) => {
    const found = lines.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalSource" in found)) return whole;
    return `${resolve(folder, found.originalSource)}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}

function partition<T>(all: readonly T[], belongs: (one: T) => boolean): [T[], T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}
