/** Faults of what an owner reads: they name the file and the place in it, and never quote it. */

import { isUtf8 } from "node:buffer";

import { type ErrorCode, SealfoldError } from "../errors.ts";

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
  if (isUtf8(lines)) return;
  let number = firstLine;
  let from = 0;
  // No byte of a longer UTF-8 sequence is a line feed, so one of the lines is invalid by itself.
  for (let to = lines.indexOf(lineFeed); to !== -1 && isUtf8(lines.subarray(from, to)); number++) {
    from = to + 1;
    to = lines.indexOf(lineFeed, from);
  }
  throw dataFault("DATA_ENCODING", { file, unit: "line", number }, "not valid UTF-8");
}

const lineFeed = 0x0a;
