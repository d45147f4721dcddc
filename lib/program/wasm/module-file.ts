/** Programs in WebAssembly as files. */

import { open } from "node:fs/promises";
import { basename } from "node:path";

import { SealfoldError } from "../../errors.ts";
import { boundModule, maxPages } from "./bound-module.ts";
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
  const bytes = await readModuleBytes(path);
  try {
    return checkWhole(bytes);
  } catch (error) {
    if (!(error instanceof SealfoldError)) throw error;
    const file = basename(path);
    throw new SealfoldError(error.code, `${file}: ${error.message}`, { ...error.place, file }, { cause: error });
  }
}

/**
 * Checks a module as a sandbox does, what only V8 sees too; nothing of it is run.
 * @throws {SealfoldError} PROGRAM_REFUSED
 */
export function checkWhole(bytes: Uint8Array): CheckedModule {
  const checked = checkModule(bytes);
  boundModule(checked, maxPages);
  expectValid(bytes);
  return checked;
}

/** V8 compiles what lies within functions. */
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

/**
 * Reads no more than one byte more than a module may have, which is enough to refuse it.
 * @throws {SealfoldError} DATA_FILE
 */
export async function readModuleBytes(path: string): Promise<Uint8Array> {
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
