/** Says what a module is and needs, from its bytes alone: nothing of it is run. */

import { basename } from "node:path";

import { errorTable, SealfoldError } from "../../errors.ts";
import type { Finding } from "../check/finding.ts";
import { type AggregateName, aggregateNames } from "./abi.ts";
import { ByteReader } from "./byte-reader.ts";
import { type CheckedModule, refusalsIn } from "./check-module.ts";
import { checkWhole, readModuleBytes } from "./module-file.ts";
import type { Bounds } from "./module-reader.ts";

/** What was found; `module` where no sandbox would refuse it. */
export interface ModuleReport {
  readonly findings: readonly Finding[];
  readonly module?: {
    readonly checked: CheckedModule;
    /** Undefined where only a call would tell. */
    readonly aggregate: AggregateName | undefined;
    /** In pages of 64 KiB. */
    readonly memory: Bounds;
  };
}

/**
 * @param path - of a file that is there
 * @throws {SealfoldError} DATA_FILE when it cannot be read
 */
export async function inspectModule(path: string): Promise<ModuleReport> {
  const bytes = await readModuleBytes(path);
  const file = basename(path);
  const refusals = refusalsIn(bytes);
  if (refusals.length > 0) return { findings: refusals.map((message) => refusedFinding(file, message)) };
  try {
    const checked = checkWhole(bytes);
    const number = constantOf(checked, "aggregate");
    if (number !== undefined) expectAggregate(checked, number);
    return {
      findings: [],
      module: { checked, aggregate: aggregateOf(checked), memory: checked.parts.memories[0] as Bounds },
    };
  } catch (error) {
    if (!(error instanceof SealfoldError) || error.code !== "PROGRAM_REFUSED") throw error;
    return { findings: [refusedFinding(file, error.message)] };
  }
}

/** @returns the aggregate that a module names; undefined where only a call would tell */
export function aggregateOf(checked: CheckedModule): AggregateName | undefined {
  const number = constantOf(checked, "aggregate");
  return number === undefined ? undefined : aggregateNames[number];
}

function expectAggregate({ functions }: CheckedModule, number: number): void {
  const name = aggregateNames[number];
  const problem =
    name === undefined
      ? `"aggregate" answers ${number}, which is none`
      : name === "own" && !functions.has("combine")
        ? 'an own aggregate needs the exports "combine" and "finish"'
        : undefined;
  if (problem !== undefined) throw new SealfoldError("PROGRAM_REFUSED", problem);
}

/** A module has no lines: 0 stands for them, and the message names the place. */
function refusedFinding(file: string, message: string): Finding {
  const { next } = errorTable.PROGRAM_REFUSED;
  return { severity: "refused", code: "PROGRAM_REFUSED", file, line: 0, column: 0, message, next };
}

const codeSection = 10;
const i32Const = 0x41;
const end = 0x0b;

/** @returns what an exported function answers where it does nothing else than that: no locals, one constant, the end */
function constantOf({ bytes, parts }: CheckedModule, name: string): number | undefined {
  const index = parts.exports.find((line) => line.name === name)?.index ?? 0;
  const imported = parts.imports.filter(({ kind }) => kind === "function").length;
  const section = parts.sections.find(({ id }) => id === codeSection);
  if (section === undefined || index < imported) return undefined;
  const reader = new ByteReader(bytes, section.from + 1, section.to);
  reader.u32();
  reader.u32();
  for (let left = index - imported; left > 0; left--) reader.skip(reader.u32());
  const body = reader.part(reader.u32());
  if (body.u32() !== 0 || body.byte() !== i32Const) return undefined;
  const value = signed(body);
  return body.byte() === end && body.isDone ? value : undefined;
}

/** A signed number of at most 32 bits in LEB128 (WebAssembly 2.0, §5.2.2). */
function signed(reader: ByteReader): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = reader.byte();
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return shift < 25 && (byte & 0x40) !== 0 ? value | (-1 << (shift + 7)) : value;
  }
}
