/**
 * Makes a program's file into the bytes that are measured and run. A module in WebAssembly is them already. TypeScript is
 * bundled by esbuild (pinned: it is part of the measurement), then brought into canonical form: the same file gives the
 * same bytes from every folder.
 */

import { realpath } from "node:fs/promises";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { BuildOptions, BuildResult, Message } from "esbuild";

import { utf8 } from "../crypto/bytes.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";
import type { Capability } from "../data/capabilities.ts";
import type { RecordFormat } from "../data/format.ts";
import { type ErrorCode, SealfoldError } from "../errors.ts";
import { programImports } from "./bundle-imports.ts";
import type { TextPlace } from "./canonical-program.ts";
import { programName } from "./program.ts";
import { isModuleFile, readModuleFile } from "./wasm/module-file.ts";

declare const result: unique symbol;

/** A program as it is measured and run; `O` is what its results are, where that is known. */
export interface BuiltProgram<O = unknown> {
  /** As a policy names it. */
  readonly kind: "typescript" | "wasm";
  /** UTF-8 of its canonical text; or the module, as it is. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`: what the policy pins. */
  readonly measurement: Digest;
  /** What the policy must grant it: its list `needs`, or what its imports say. */
  readonly needs: readonly Capability[];
  /** Absolute path of the file that it was built from. */
  readonly file: string;
  /** The one kind of records that it is for; left out where it takes what it gets. */
  readonly reads?: RecordFormat["kind"] | undefined;
  /** For the compiler alone. */
  readonly [result]?: O;
}

/** The name of the script that hands the program over; no file's. */
export const entryName = "<program>";

/**
 * Builds the program whose default export `program(import.meta.url, …)` made; or reads a module, and checks it.
 * @param file - path or file URL of a TypeScript or JavaScript module, or of one in WebAssembly, which ends in `.wasm`; what
 * is built already stays as it is
 * @throws {SealfoldError} PROGRAM_BUILD, PROGRAM_IMPORT or PROGRAM_REFUSED with `file:line:column`, or with the import,
 * export or byte of a module; PROGRAM_EXPORT when there is no default export; DATA_FILE when there is no such file
 */
export async function buildProgram(file: string | URL | BuiltProgram): Promise<BuiltProgram> {
  if (isBuilt(file)) return file;
  const path = await findFile(file);
  if (isModuleFile(path)) {
    const { bytes, needs } = await readModuleFile(path);
    return { kind: "wasm", bytes, measurement: sha256(bytes), needs, file: path };
  }
  const [{ script, map }, { canonicalProgram }, { declaredNeeds }] = await Promise.all([
    bundle(path),
    import("./canonical-program.ts"), // loaded while esbuild works, and by who has no module in WebAssembly
    import("./check/declared-needs.ts"),
  ]);
  const text = canonicalText(canonicalProgram, script, map);
  const bytes = utf8(text);
  // What is no list to be read shows when the program is loaded: a draft grants it nothing then.
  return { kind: "typescript", bytes, measurement: sha256(bytes), needs: declaredNeeds(text) ?? [], file: path };
}

/** @returns whether a program was built; that its bytes are what is measured, sandboxes see. */
export function isBuilt(program: unknown): program is BuiltProgram {
  if (typeof program !== "object" || program === null) return false;
  const { bytes, measurement } = program as Partial<BuiltProgram>;
  return bytes instanceof Uint8Array && measurement instanceof Uint8Array;
}

/** @throws {SealfoldError} DATA_FORMAT when a program is for records of another kind */
export function expectReads({ reads }: BuiltProgram, { kind }: RecordFormat): void {
  if (reads === undefined || reads === kind) return;
  throw new SealfoldError("DATA_FORMAT", `the program is for ${reads}, and the input's format is ${kind}`);
}

/** @returns the script, and JSON of its source map */
async function bundle(path: string): Promise<{ readonly script: string; readonly map: string }> {
  const { build } = await import("esbuild");
  let result: BuildResult<{ write: false }>;
  try {
    result = await build(buildOptions(path));
  } catch (error) {
    throw buildError((error as { readonly errors?: readonly Message[] }).errors ?? [], error);
  }
  const warning = result.warnings.find(({ id }) => id === "empty-import-meta");
  if (warning !== undefined) throw messageError("PROGRAM_REFUSED", warning, "import.meta has nothing but url");
  const [map, script] = result.outputFiles;
  return { script: script?.text ?? "", map: map?.text ?? "" };
}

/**
 * @returns the absolute path of a program's file
 * @throws {SealfoldError} DATA_FILE when there is no such file
 */
export async function findFile(file: string | URL): Promise<string> {
  const named = typeof file === "string" && !file.startsWith("file:") ? file : fileURLToPath(file);
  try {
    return await realpath(named);
  } catch (error) {
    throw new SealfoldError("DATA_FILE", "there is no such program file", { file: named }, { cause: error });
  }
}

/** @returns how esbuild makes the script of the program at `path`: in memory, with a source map. */
export function buildOptions(path: string): BuildOptions & { readonly write: false } {
  const folder = dirname(path);
  const contents = `import program from ${JSON.stringify(path)};\nglobalThis.${programName} = program;\n`;
  return {
    stdin: { contents, resolveDir: folder, sourcefile: entryName, loader: "js" },
    absWorkingDir: folder,
    outfile: join(folder, "program.js"),
    bundle: true,
    write: false,
    format: "iife",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    tsconfigRaw: { compilerOptions: { target: "es2022", useDefineForClassFields: true } },
    minifyWhitespace: true,
    legalComments: "none",
    charset: "utf8",
    sourcemap: "external",
    banner: { js: '"use strict";' },
    define: { "import.meta.url": '""' },
    logLevel: "silent",
    plugins: [programImports],
  };
}

/** What is refused in the bundle is reported where the user wrote it. */
function canonicalText(canonical: (source: string) => string, script: string, map: string): string {
  try {
    return canonical(script);
  } catch (error) {
    if (!(error instanceof SealfoldError)) throw error;
    const { line, column } = error.cause as TextPlace;
    const found = new SourceMap(JSON.parse(map) as SourceMapPayload).findEntry(line - 1, column);
    if (!("originalSource" in found)) throw error;
    const place = `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
    const code = error.message.includes("import()") ? "PROGRAM_IMPORT" : "PROGRAM_REFUSED";
    throw new SealfoldError(code, `${place}: ${error.message.replace(/^line \d+: /, "")}`, { file: place });
  }
}

function buildError(messages: readonly Message[], cause: unknown): SealfoldError {
  const refused = messages.find(({ pluginName }) => pluginName === programImports.name);
  if (refused !== undefined) return messageError("PROGRAM_IMPORT", refused);
  const [first] = messages;
  if (first === undefined) return new SealfoldError("PROGRAM_BUILD", undefined, {}, { cause });
  if (first.location?.file === entryName) return new SealfoldError("PROGRAM_EXPORT", "there is no default export");
  return messageError(first.text.includes("not resolve") ? "PROGRAM_IMPORT" : "PROGRAM_BUILD", first);
}

function messageError(code: ErrorCode, { location, text }: Message, detail = text): SealfoldError {
  if (location === null) return new SealfoldError(code, detail);
  const place = `${location.file}:${location.line}:${location.column + 1}`;
  return new SealfoldError(code, `${place}: ${detail}`, { file: place });
}
