/** A bare thread that counts words by hand: one scan over bytes, a table in typed arrays, no string per word. */

import { type RangeJob, takeRanges } from "./byte-ranges.ts";
import { columnFor, KeyTable } from "./key-table.ts";

/** What bytes words are made of; letters count as lower-case ones. */
export type Words = "letters" | "fields";

/** @returns how often each word occurs in the parts that this thread took */
export default function countWords(job: RangeJob & { readonly words: Words }): Map<string, number> {
  const table = new KeyTable();
  const fold = foldOf(job.words);
  let counts: Float64Array = new Float64Array(1 << 16);
  takeRanges(job, (bytes, end) => {
    let start = -1;
    let hash = 0;
    for (let at = 0; at <= end; at++) {
      const byte = at < end ? (fold[bytes[at] as number] as number) : 0;
      if (byte !== 0) {
        if (start < 0) {
          start = at;
          hash = 0;
        }
        hash = Math.imul(hash ^ byte, 0x01000193);
      } else if (start >= 0) {
        const entry = table.find(bytes, start, at, hash, fold);
        if (entry >= counts.length) counts = columnFor(counts, entry);
        counts[entry] = (counts[entry] as number) + 1;
        start = -1;
      }
    }
  });
  const answer = new Map<string, number>();
  for (let entry = 0; entry < table.size; entry++) answer.set(table.key(entry), counts[entry] as number);
  return answer;
}

/** @returns for each byte what it counts as in a word, 0 where it ends one */
function foldOf(words: Words): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    if (words === "fields") return byte === 32 || (byte >= 9 && byte <= 13) ? 0 : byte;
    const lower = byte | 32;
    return lower >= 97 && lower <= 122 ? lower : 0;
  });
}
