/** Cuts a plain chunk into batches of whole records, and batches into records. */

import { SealfoldError } from "../../../errors.ts";

/** A batch is at most so long, or one longer record. */
export const batchBytes = 65_536;

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Gets a batch: where it begins and ends. */
type BatchVisitor = (from: number, to: number) => void;

/** Gets a record: where it begins, and its length. */
type RecordVisitor = (at: number, length: number) => void;

/** Hands out batches of lines: each but the last of the chunk ends with a line's end. */
export function cutLines(chunk: Buffer, visit: BatchVisitor): void {
  for (let from = 0; from < chunk.length;) {
    let to = from + batchBytes;
    if (to >= chunk.length) to = chunk.length;
    else {
      const last = chunk.lastIndexOf(newline, to - 1);
      const found = last >= from ? last : chunk.indexOf(newline, to);
      to = found === -1 ? chunk.length : found + 1;
    }
    visit(from, to);
    from = to;
  }
}

/**
 * Hands out batches of records of bytes.
 * @param before - how many records came before
 * @throws {SealfoldError} DATA_RECORD with the number of the one that is cut, from 1
 */
export function cutRecords(chunk: Buffer, visit: BatchVisitor, before: number): void {
  let from = 0;
  let number = before;
  for (let at = 0; at < chunk.length;) {
    number++;
    const to = at + 4 <= chunk.length ? at + 4 + chunk.readUInt32BE(at) : Infinity;
    if (to > chunk.length) throw new SealfoldError("DATA_RECORD", undefined, { stage: "map", record: number });
    if (to - from > batchBytes && at > from) {
      visit(from, at);
      from = at;
    }
    at = to;
  }
  if (from < chunk.length) visit(from, chunk.length);
}

/** Hands out each line, without its end. */
export function linesOf(batch: Buffer, visit: RecordVisitor): void {
  for (let from = 0; from < batch.length;) {
    const found = batch.indexOf(newline, from);
    const end = found === -1 ? batch.length : found;
    visit(from, (end > from && batch[end - 1] === carriageReturn ? end - 1 : end) - from);
    from = end + 1;
  }
}

/** Hands out each record of bytes. The batch is one of {@link cutRecords}. */
export function recordsOf(batch: Buffer, visit: RecordVisitor): void {
  for (let at = 0; at < batch.length;) {
    const length = batch.readUInt32BE(at);
    visit(at + 4, length);
    at += 4 + length;
  }
}
