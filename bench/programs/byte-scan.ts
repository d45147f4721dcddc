/** Words of ASCII letters in records of bytes: a hash table of the program's own, one emit per word and record. */

import { program, sum } from "sealfold/program";

const slots = 4096;
const hashes = new Int32Array(slots);
const counts = new Int32Array(slots);
const starts = new Int32Array(slots);
const lengths = new Int32Array(slots);

export default program(import.meta.url, {
  map(record: Uint8Array, emit) {
    counts.fill(0);
    let start = -1;
    let hash = 0;
    for (let at = 0; at <= record.length; at++) {
      const byte = at < record.length ? (record[at] as number) | 32 : 0;
      if (byte >= 97 && byte <= 122) {
        if (start < 0) [start, hash] = [at, 0];
        hash = Math.imul(hash ^ byte, 0x01000193);
      } else if (start >= 0) {
        add(start, at - start, hash);
        start = -1;
      }
    }
    for (let slot = 0; slot < slots; slot++) {
      if (counts[slot] === 0) continue;
      let word = "";
      const from = starts[slot] as number;
      for (let at = from; at < from + (lengths[slot] as number); at++) {
        word += String.fromCharCode((record[at] as number) | 32);
      }
      emit(word, counts[slot] as number);
    }
  },
  reduce: sum,
});

/** A word whose hash and length another one has is taken for it: so it is for both contenders. */
function add(start: number, length: number, hash: number): void {
  for (let slot = (hash ^ length) & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
    if (counts[slot] === 0) {
      hashes[slot] = hash;
      starts[slot] = start;
      lengths[slot] = length;
    } else if (hashes[slot] !== hash || lengths[slot] !== length) continue;
    counts[slot] = (counts[slot] as number) + 1;
    return;
  }
}
