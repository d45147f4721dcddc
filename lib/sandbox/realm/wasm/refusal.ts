/** What ends a call of a module, and in which words. */

import { webAssembly } from "../../../data/web-assembly.ts";
import { type ErrorCode, SealfoldError } from "../../../errors.ts";
import { describe } from "../../../program/verdict.ts";

/** What ends a call of a module. A module cannot catch it: exceptions are none of its instructions. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: ErrorCode;
  /** Whether it may end otherwise on another machine: how deep calls go, and how much memory there is. */
  readonly isOfTheMachine: boolean;

  constructor(code: ErrorCode, text: string, isOfTheMachine = false) {
    super(text);
    this.code = code;
    this.isOfTheMachine = isOfTheMachine;
  }
}

/** Ends the module's call. */
export function refuse(text: string, code: ErrorCode = "PROGRAM_THREW"): never {
  throw new Refusal(code, text);
}

const maxFrames = 8;

/** @returns a trap as a refusal, with the module's own functions on the way; what else was thrown as it is */
function inWords(thrown: unknown): unknown {
  if (thrown instanceof RangeError) return new Refusal("PROGRAM_THREW", describe(thrown), true);
  if (!(thrown instanceof webAssembly.RuntimeError)) return thrown;
  const frames = (thrown.stack ?? "").split("\n").filter((line) => line.includes("wasm://"));
  return new Refusal("PROGRAM_THREW", [describe(thrown), ...frames.slice(0, maxFrames)].join("\n"));
}

/** Runs what calls a module; a trap comes out in words. */
export function ended<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw inWords(thrown);
  }
}

/**
 * Runs what calls a module that is not at work yet.
 * @throws {SealfoldError} PROGRAM_THREW or LIMIT_MEMORY, with the words of what ended it as `cause`
 */
export function whileLoading<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const ended = inWords(thrown);
    const { code, message: cause } = ended instanceof Refusal ? ended : new Refusal("BUG", "");
    throw new SealfoldError(code, "the module ended while it was loaded", { stage: "load" }, { cause });
  }
}
