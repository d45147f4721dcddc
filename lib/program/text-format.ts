/** Which inputs a program can read as text. */

import type { RecordFormat } from "../data/format.ts";
import { SealfoldError } from "../errors.ts";

/** @throws {SealfoldError} DATA_FORMAT unless the records are lines */
export function expectTextFormat(kind: RecordFormat["kind"]): void {
  if (kind === "lines") return;
  const detail = `the program reads its records as text, and the input's are ${kind}: read it with lines(), or with --format lines`;
  throw new SealfoldError("DATA_FORMAT", detail);
}
