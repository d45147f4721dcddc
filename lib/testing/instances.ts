/** Loads programs from their files, as often as a law wants a new one. */

import { Script } from "node:vm";

import { fromUtf8 } from "../crypto/bytes.ts";
import type { RecordFormat } from "../data/format.ts";
import { type ErrorCode, SealfoldError } from "../errors.ts";
import { type BuiltProgram, buildProgram, expectReads, isBuilt } from "../program/bundle.ts";
import type { LocalTools } from "../program/local-tools.ts";
import { type AnyDefinition, isProgram, type Program, programName } from "../program/program.ts";
import { describe } from "../program/verdict.ts";
import { engineInstances } from "./engine-work.ts";
import type { Instances } from "./work.ts";

/** What a file is that holds no program, though it may make one: the tests of somebody, for example. */
const notAlone: readonly ErrorCode[] = ["DATA_FILE", "PROGRAM_BUILD", "PROGRAM_EXPORT", "PROGRAM_IMPORT"];

/**
 * @param program - the file of a program; or a program, which is taken from its file as `mapReduce` does, and as it is
 * only where that file is not a program's
 * @param format - how records lie in a chunk, for a module
 * @param tools - what the program's tools work on
 * @throws {SealfoldError} PROGRAM_* when the file holds no program that could be run; DATA_FILE
 */
export async function instancesOf(
  program: Program<never, unknown> | BuiltProgram | string | URL,
  format: RecordFormat,
  tools?: LocalTools,
): Promise<Instances> {
  if (typeof program === "string" || program instanceof URL || isBuilt(program)) {
    return fromFile(program, format, tools);
  }
  if (!isProgram(program)) throw new SealfoldError("PROGRAM_EXPORT");
  try {
    return await fromFile(program.url, format, tools);
  } catch (error) {
    if (!(error instanceof SealfoldError) || !notAlone.includes(error.code)) throw error;
    return engineInstances(() => program.definition, tools);
  }
}

async function fromFile(
  file: string | URL | BuiltProgram,
  format: RecordFormat,
  tools?: LocalTools,
): Promise<Instances> {
  const program = await buildProgram(file);
  expectReads(program, format);
  const { kind, bytes } = program;
  if (kind === "typescript") return fromScript(fromUtf8(bytes), tools);
  const { moduleInstances } = await import("./module-work.ts");
  return moduleInstances(bytes, format, tools);
}

function fromScript(script: string, tools?: LocalTools): Instances {
  const text = `(function (globalThis) {${script}\nreturn globalThis.${programName};\n})`;
  const run = new Script(text, { filename: "sealfold-program" }).runInThisContext() as (home: object) => unknown;
  const load = (): AnyDefinition => {
    const loaded = run(Object.create(globalThis) as object);
    if (!isProgram(loaded)) throw new SealfoldError("PROGRAM_EXPORT");
    return loaded.definition;
  };
  expectLoads(load);
  return engineInstances(load, tools);
}

function expectLoads(load: () => AnyDefinition): void {
  try {
    load();
  } catch (error) {
    if (error instanceof SealfoldError) throw error;
    const detail = `the program threw while it was loaded: ${describe(error)}`;
    throw new SealfoldError("PROGRAM_THREW", detail, { stage: "load" }, { cause: error });
  }
}
