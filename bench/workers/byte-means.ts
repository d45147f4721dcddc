/** A bare thread that averages rows "key;12.3" by hand: tenths as integers, a table in typed arrays, no string per row. */

import { type RangeJob, takeRanges } from "./byte-ranges.ts";
import { columnFor, KeyTable } from "./key-table.ts";

/** A sum of tenths, and of how many. */
export type Tenths = readonly [sum: number, count: number];

const semicolon = 59;
const minus = 45;
const point = 46;
const newline = 10;
const zero = 48;
const asItIs = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** @returns the sums of the rows in the parts that this thread took */
export default function sumRows(job: RangeJob): Map<string, Tenths> {
  const table = new KeyTable();
  let sums: Float64Array = new Float64Array(1 << 16);
  let counts: Float64Array = new Float64Array(1 << 16);
  takeRanges(job, (bytes, end) => {
    for (let at = 0; at < end;) {
      const start = at;
      let hash = 0;
      for (let byte = bytes[at] as number; byte !== semicolon; byte = bytes[++at] as number) {
        hash = Math.imul(hash ^ byte, 0x01000193);
      }
      const entry = table.find(bytes, start, at, hash, asItIs);
      const isNegative = bytes[++at] === minus;
      if (isNegative) at++;
      let tenths = 0;
      for (let byte = bytes[at] as number; at < end && byte !== newline; byte = bytes[++at] as number) {
        if (byte !== point) tenths = 10 * tenths + byte - zero;
      }
      at++;
      if (entry >= counts.length) [sums, counts] = [columnFor(sums, entry), columnFor(counts, entry)];
      sums[entry] = (sums[entry] as number) + (isNegative ? -tenths : tenths);
      counts[entry] = (counts[entry] as number) + 1;
    }
  });
  const answer = new Map<string, Tenths>();
  for (let entry = 0; entry < table.size; entry++) {
    answer.set(table.key(entry), [sums[entry] as number, counts[entry] as number]);
  }
  return answer;
}
