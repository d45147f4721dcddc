/** Counts line feeds: one by one where they are far apart, four bytes at a time where they are not. */

const lineFeed = 0x0a;
const fourLineFeeds = 0x0a0a0a0a;
const lowBits = 0x7f7f7f7f;
const ones = 0x01010101;
/** Words after which one of the four sums of a byte each could be full. */
const mostWords = 255;
/** The built-in search is faster for lines of so many bytes. */
const longLine = 512;
/** How many bytes are counted otherwise, before it is tried again. */
const stretch = 16_384;

/** @returns how many bytes of `block[from..to)` are line feeds */
export function countLineFeeds(block: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to;) {
    const found = block.indexOf(lineFeed, at);
    if (found === -1 || found >= to) break;
    count++;
    const isLong = found - at >= longLine;
    const next = isLong ? found + 1 : Math.min(found + 1 + stretch, to);
    if (!isLong) count += countDense(block, found + 1, next);
    at = next;
  }
  return count;
}

function countDense(block: Buffer, from: number, to: number): number {
  let count = 0;
  let at = from;
  for (; at < to && (block.byteOffset + at) % 4 !== 0; at++) if (block[at] === lineFeed) count++;
  if (at >= to) return count;
  const words = new Int32Array(block.buffer, block.byteOffset + at, (to - at) >> 2);
  for (let word = 0; word < words.length;) {
    const until = Math.min(words.length, word + mostWords);
    let sums = 0;
    for (; word < until; word++) {
      const differs = (words[word] as number) ^ fourLineFeeds;
      // A byte's highest bit is set unless all its bits are 0 (Warren, "Hacker's Delight", 2nd edition, §6-1).
      const high = ((differs & lowBits) + lowBits) | differs;
      sums += (~high >>> 7) & ones;
    }
    count += (sums & 0xff) + ((sums >>> 8) & 0xff) + ((sums >>> 16) & 0xff) + (sums >>> 24);
  }
  for (at += 4 * words.length; at < to; at++) if (block[at] === lineFeed) count++;
  return count;
}
