/** A module as V8 has compiled it, with the bounds that the policy sets. */

import type { Capability } from "../../../data/capabilities.ts";
import { type WasmModule, webAssembly } from "../../../data/web-assembly.ts";
import { SealfoldError } from "../../../errors.ts";
import { boundModule, maxPages, pageBytes } from "../../../program/wasm/bound-module.ts";
import type { CheckedModule } from "../../../program/wasm/check-module.ts";

/** For any number of instances. */
export interface CompiledModule {
  readonly module: WasmModule;
  readonly needs: readonly Capability[];
  /** The functions of the interface that it exports. */
  readonly functions: ReadonlySet<string>;
}

/**
 * @param memoryMiB - the most that its memory may grow to; what V8 allows where it is left out
 * @throws {SealfoldError} LIMIT_MEMORY, PROGRAM_REFUSED
 */
export function compileModule(checked: CheckedModule, memoryMiB: number | undefined): CompiledModule {
  const pages = memoryMiB === undefined ? maxPages : Math.floor((memoryMiB * 2 ** 20) / pageBytes);
  const bytes = boundModule(checked, pages);
  try {
    return { module: new webAssembly.Module(bytes), needs: checked.needs, functions: checked.functions };
  } catch (error) {
    // What V8 says quotes names of the module's.
    const cause = error instanceof webAssembly.CompileError ? error.message : "";
    throw new SealfoldError("PROGRAM_REFUSED", "V8 does not compile the module", { stage: "load" }, { cause });
  }
}
