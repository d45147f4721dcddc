/** The one error class. Its codes are those of `error-table.ts`. */

import { type ErrorCode, type ErrorLine, errorTable } from "./error-table.ts";

export { type ErrorCode, type ErrorLine, errorTable } from "./error-table.ts";

/** Where a condition arose: public metadata only, never a record, a key or another party's path. */
export interface ErrorPlace {
  readonly stage?: string;
  readonly task?: number;
  readonly record?: number;
  readonly file?: string;
  readonly field?: string;
  readonly party?: string;
}

/** A condition that a caller may meet and handle: look at `code`. Wrong use is a `TypeError` or `RangeError` instead. */
export class SealfoldError extends Error {
  override readonly name = "SealfoldError";
  readonly code: ErrorCode;
  readonly place: ErrorPlace;

  /**
   * @param code - one of {@link errorTable}
   * @param detail - what is the matter here, without a record's content; the table's sentence where left out
   */
  constructor(code: ErrorCode, detail?: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(detail ?? lineOf(code).says, options);
    this.code = code;
    this.place = place;
  }

  /** The status with which a command ends on this error. */
  get exitStatus(): number {
    return lineOf(this.code).exit;
  }

  /** What the person in front of the screen can do. */
  get next(): string {
    return lineOf(this.code).next;
  }
}

/** @returns whether `code` is one of the table's. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(errorTable, code);
}

function lineOf(code: ErrorCode): ErrorLine {
  return errorTable[code];
}
