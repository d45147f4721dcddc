/** A program as new as often as it is asked for: a fresh realm in a sandbox, fresh variables here. */

import { Script } from "node:vm";

import { fromUtf8 } from "../crypto/bytes.ts";
import { type ErrorCode, SealfoldError } from "../errors.ts";
import { buildProgram } from "../program/bundle.ts";
import { type AnyDefinition, isProgram, type Program, programName } from "../program/program.ts";
import { describe } from "../program/verdict.ts";

/** Gives the definition of a program that was just loaded. */
export type Instances = () => AnyDefinition;

/** What a file is that holds no program, though it may make one: the tests of somebody, for example. */
const notAlone: readonly ErrorCode[] = ["DATA_FILE", "PROGRAM_BUILD", "PROGRAM_EXPORT", "PROGRAM_IMPORT"];

/**
 * @param program - the file of a program; or a program, which is taken from its file as `mapReduce` does, and as it is
 * only where that file is not a program's
 * @throws {SealfoldError} PROGRAM_* when the file holds no program that could be run; DATA_FILE
 */
export async function instancesOf(program: Program<never, unknown> | string | URL): Promise<Instances> {
  if (typeof program === "string" || program instanceof URL) return fromFile(program);
  if (!isProgram(program)) throw new SealfoldError("PROGRAM_EXPORT");
  try {
    return await fromFile(program.url);
  } catch (error) {
    if (!(error instanceof SealfoldError) || !notAlone.includes(error.code)) throw error;
    return () => program.definition;
  }
}

async function fromFile(file: string | URL): Promise<Instances> {
  const { bytes } = await buildProgram(file);
  const text = `(function (globalThis) {${fromUtf8(bytes)}\nreturn globalThis.${programName};\n})`;
  const load = new Script(text, { filename: "sealfold-program" }).runInThisContext() as (home: object) => unknown;
  const instances = (): AnyDefinition => {
    const loaded = load(Object.create(globalThis) as object);
    if (!isProgram(loaded)) throw new SealfoldError("PROGRAM_EXPORT");
    return loaded.definition;
  };
  expectLoads(instances);
  return instances;
}

function expectLoads(instances: Instances): void {
  try {
    instances();
  } catch (error) {
    if (error instanceof SealfoldError) throw error;
    const detail = `the program threw while it was loaded: ${describe(error)}`;
    throw new SealfoldError("PROGRAM_THREW", detail, { stage: "load" }, { cause: error });
  }
}
