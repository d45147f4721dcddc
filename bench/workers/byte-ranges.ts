/** Parts of a file that end with lines, for threads that take them in turn from a counter they share. */

import { closeSync, openSync, readSync } from "node:fs";

/** What a thread is told. */
export interface RangeJob {
  readonly file: string;
  readonly size: number;
  /** Of one Int32: the next part. */
  readonly next: SharedArrayBuffer;
}

/** What of a file is taken at once, but for the rest of its last line. */
export const rangeBytes = 8 << 20;
/** How much longer than its range a part may be: the longest line. */
const lineBytes = 1 << 20;
const newline = 10;

/** Hands `visit` the bytes of part after part, in one buffer, until none is left: they are valid during the call. */
export function takeRanges(job: RangeJob, visit: (bytes: Uint8Array, end: number) => void): void {
  const descriptor = openSync(job.file, "r");
  try {
    takeFrom(descriptor, job, visit);
  } finally {
    closeSync(descriptor);
  }
}

function takeFrom(
  descriptor: number,
  { size, next }: Pick<RangeJob, "size" | "next">,
  visit: (bytes: Uint8Array, end: number) => void,
): void {
  const buffer = new Uint8Array(rangeBytes + lineBytes);
  const counter = new Int32Array(next);
  for (;;) {
    const from = Atomics.add(counter, 0, 1) * rangeBytes;
    if (from >= size) return;
    const lead = from === 0 ? 0 : 1; // one byte before tells whether a line begins here
    const read = readSync(descriptor, buffer, 0, buffer.length - lead, from - lead);
    const start = lead === 0 ? 0 : buffer.indexOf(newline) + 1;
    const last = lead + rangeBytes - 1;
    const end = read > last ? buffer.indexOf(newline, last) + 1 : read;
    if (end === 0 || (lead === 1 && start === 0) || end > read) throw new RangeError("a line is longer than 1 MiB");
    if (start < end) visit(buffer.subarray(start, end), end - start);
  }
}
