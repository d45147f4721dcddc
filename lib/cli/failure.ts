/** How the command says that something went wrong: a code, a sentence, the place, what to do next; never our stack. */

import { type ErrorPlace, SealfoldError } from "../errors.ts";
import { printable, printableLines } from "./screen-text.ts";

export interface FailureOptions {
  /** Also show where in sealfold it happened. */
  readonly debug?: boolean;
  /** The stack of the program that threw, where it ran in this very process. */
  readonly programStack?: string | undefined;
}

/** What is written, and the status with which the command ends. */
export interface Failure {
  readonly text: string;
  readonly exitStatus: number;
}

/** @param error - whatever was thrown; all but a `SealfoldError` is our mistake: BUG */
export function describeFailure(error: unknown, { debug = false, programStack }: FailureOptions = {}): Failure {
  const known = error instanceof SealfoldError ? error : new SealfoldError("BUG", String(error), {}, { cause: error });
  const lines = [`sealfold: ${known.code}: ${printableLines(known.message)}`];
  const place = placeText(known.place);
  if (place !== "") lines.push(`  at: ${place}`);
  const stack = debug ? fullStack(error) : programStack;
  const shown = known.code === "PROGRAM_THREW" && programStack !== undefined; // what the table would send them to
  lines.push(`  next: ${shown ? "correct the line that the program's stack names" : known.next}`);
  if (stack !== undefined) lines.push(printableLines(stack));
  return { text: `${lines.join("\n")}\n`, exitStatus: known.exitStatus };
}

/** A command line that cannot be carried out. */
export function usageError(detail: string, cause?: unknown): SealfoldError {
  return new SealfoldError("USAGE", detail, {}, { cause });
}

/** A file, or standard output, that does not take what is written to it. */
export function unwritable(file: string, cause: unknown): SealfoldError {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new SealfoldError("DATA_FILE", `${file} cannot be written (${reason})`, { file }, { cause });
}

function placeText({ stage, task, record, file, field, party }: ErrorPlace): string {
  const named = { file, field, party, stage, task, record };
  const parts = Object.entries(named).filter(([, value]) => value !== undefined);
  return parts.map(([name, value]) => `${name} ${printable(String(value))}`).join(", ");
}

function fullStack(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = fullStack(error.cause);
  return `${error.stack ?? String(error)}${cause === undefined ? "" : `\ncaused by ${cause}`}`;
}
