/**
 * Compiles what is written in AssemblyScript for sealfold itself. The compiler is pinned: the same sources give the same
 * bytes on every machine.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import asc from "assemblyscript/asc";

import type { TemplateName } from "../lib/builtin/template.ts";

export const templateNames: readonly TemplateName[] = ["word-count", "group-by"];

const flags = "-O3 --noAssert --runtime stub --use abort= --enable simd".split(" ");
/** Memory below its base is for parameters. */
const templateFlags = "--exportStart _initialize --memoryBase 8192".split(" ");

const root = fileURLToPath(new URL("..", import.meta.url));

/** @returns the module, without parameters. @throws where it does not compile */
export function compileTemplate(name: TemplateName): Promise<Uint8Array> {
  return compile(`lib/builtin/assembly/${name}.ts`, templateFlags);
}

/** @returns the module that counts line feeds. @throws where it does not compile */
export function compileLineFeeds(): Promise<Uint8Array> {
  return compile("lib/data/assembly/line-feeds.ts", ["--initialMemory", "1"]);
}

/** @returns the module that finds words and fields; what lies where in it is in `scanner-layout.ts`. @throws likewise */
export function compileScanner(): Promise<Uint8Array> {
  const memory = "--memoryBase 2048 --initialMemory 82 --maximumMemory 32768".split(" ");
  return compile("lib/program/assembly/scanner.ts", memory);
}

async function compile(source: string, more: readonly string[]): Promise<Uint8Array> {
  let module: Uint8Array | undefined;
  const complaints: string[] = [];
  const { error } = await asc.main([source, "--baseDir", root, "-o", "module.wasm", ...flags, ...more], {
    readFile: (file, folder) => read(new URL(file, new URL(`file://${folder}/`))),
    writeFile: (_name, contents) => {
      if (typeof contents !== "string") module = contents;
    },
    listFiles: () => [],
    reportDiagnostic: ({ message }) => void complaints.push(message),
  });
  if (error !== null || module === undefined || complaints.length > 0) {
    throw new Error(`${source}: ${complaints.join("\n")}`, { cause: error });
  }
  return Uint8Array.from(module);
}

/** @returns null where there is no such file, for the compiler looks for each in several places. */
function read(file: URL): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
