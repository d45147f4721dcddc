/** Faults of what an owner reads: they name the file and the place in it, and never quote it. */

import { type ErrorCode, SealfoldError } from "../errors.ts";
import { findInvalidLine } from "./line-survey.ts";

/** A place in an input, counted from 1. A table's header is its row 1. */
export interface DataPlace {
  /** None where records do not come from a file. */
  readonly file?: string;
  readonly unit: "line" | "row" | "record";
  readonly number: number;
}

export function dataFault(code: ErrorCode, { file, unit, number }: DataPlace, fault: string): SealfoldError {
  const where = file === undefined ? `${unit} ${number}` : `${file}, ${unit} ${number}`;
  return new SealfoldError(code, `${where}: ${fault}`, { record: number, ...(file !== undefined && { file }) });
}

export function recordTooLarge(place: DataPlace, recordBytes: number, hint = ""): SealfoldError {
  return dataFault("LIMIT_RECORD", place, `longer than the ${recordBytes} bytes that a record may have${hint}`);
}

/**
 * @param lines - whole lines of a file
 * @param firstLine - the number of the first of them in the file
 * @throws {SealfoldError} DATA_ENCODING with the first line that is not valid UTF-8
 */
export function expectUtf8(lines: Buffer, file: string, firstLine: number): void {
  const invalid = findInvalidLine(lines);
  if (invalid !== undefined) throw notUtf8(file, firstLine + invalid);
}

export function notUtf8(file: string, number: number): SealfoldError {
  return dataFault("DATA_ENCODING", { file, unit: "line", number }, "not valid UTF-8");
}
