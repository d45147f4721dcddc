/** Programs in WebAssembly as files. */

import { open } from "node:fs/promises";
import { basename } from "node:path";

import { SealfoldError } from "../../errors.ts";
import { type CheckedModule, checkModule } from "./check-module.ts";
import { maxModuleBytes } from "./module-reader.ts";

/** Node's, for which its types have no name. */
const { WebAssembly: compilers } = globalThis as unknown as {
  readonly WebAssembly: { readonly validate: (bytes: Uint8Array) => boolean; readonly Module: new () => object };
};

/** @returns whether a program's file is a module in WebAssembly: its ending says so. */
export function isModuleFile(path: string): boolean {
  return /\.wasm$/i.test(path);
}

/**
 * @param path - of a file that is there
 * @throws {SealfoldError} PROGRAM_REFUSED with the file's name and the offending import, export or byte; DATA_FILE
 */
export async function readModuleFile(path: string): Promise<CheckedModule> {
  const bytes = await readBounded(path);
  try {
    const checked = checkModule(bytes);
    expectValid(bytes);
    return checked;
  } catch (error) {
    if (!(error instanceof SealfoldError)) throw error;
    const file = basename(path);
    throw new SealfoldError(error.code, `${file}: ${error.message}`, { ...error.place, file }, { cause: error });
  }
}

/** V8 compiles what lies within functions; nothing is run. */
function expectValid(bytes: Uint8Array): void {
  const { validate, Module } = compilers;
  if (validate(bytes)) return;
  try {
    Reflect.construct(Module, [bytes]);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^WebAssembly\.Module\(\): /, "") : "";
    throw new SealfoldError("PROGRAM_REFUSED", `V8 does not compile it: ${reason}`, {}, { cause: error });
  }
}

/** One byte more than a module may have is enough to refuse it. */
async function readBounded(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const buffer = new Uint8Array(Math.min(size, maxModuleBytes) + 1);
    let used = 0;
    while (used < buffer.length) {
      const { bytesRead } = await file.read(buffer, used, buffer.length - used);
      if (bytesRead === 0) break;
      used += bytesRead;
    }
    return buffer.slice(0, used);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new SealfoldError("DATA_FILE", `${path} cannot be read (${reason})`, { file: path }, { cause: error });
  }
}
