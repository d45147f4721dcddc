/** Compiles programs in AssemblyScript, in memory, with the part that users import. */

import { readFileSync } from "node:fs";

import asc from "assemblyscript/asc";

const part = readFileSync(new URL("../../../lib/program/wasm/assembly/index.ts", import.meta.url), "utf8");

const flags = ["-O3", "--noAssert", "--runtime", "minimal", "--exportStart", "_initialize", "--use", "abort="];

/**
 * @param source - imports what it needs from "./sealfold"
 * @returns the module
 */
export async function compileAssembly(source: string): Promise<Uint8Array> {
  const files: Readonly<Record<string, string>> = { "program.ts": source, "sealfold.ts": part };
  let module: Uint8Array | undefined;
  const complaints: string[] = [];
  const { error } = await asc.main(["program.ts", "-o", "program.wasm", ...flags], {
    readFile: (name) => files[name] ?? null,
    writeFile: (_name, contents) => {
      if (typeof contents !== "string") module = contents;
    },
    listFiles: () => [],
    reportDiagnostic: ({ message }) => void complaints.push(message),
  });
  if (error !== null || module === undefined) throw new Error(complaints.join("\n"), { cause: error });
  return Uint8Array.from(module);
}
