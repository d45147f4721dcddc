/**
 * A digest of an answer that does not depend on its order, so that ten million keys need no sorting. Contenders are
 * honest: two that disagree are to be told apart, nobody prepares collisions.
 */

/** A key and its number. Contenders that add doubles differ in the last bits, so six decimal places count. */
export type Entry = readonly [key: string, value: number];

/** @returns the number of entries, and the sums of their two hashes of 32 bits */
export function digestAnswer(entries: Iterable<Entry>): string {
  let count = 0;
  let high = 0;
  let low = 0;
  for (const [key, value] of entries) {
    const [first, second] = digestText(`${key}\t${Math.round(value * 1e6) / 1e6 + 0}`);
    high = (high + first) >>> 0;
    low = (low + second) >>> 0;
    count++;
  }
  return `${count}:${hex(high)}${hex(low)}`;
}

/** @returns the entries of lines "key\tvalue" */
export function* entriesOf(text: string): Generator<Entry> {
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const tab = line.lastIndexOf("\t");
    yield [line.slice(0, tab), Number(line.slice(tab + 1))];
  }
}

/** Two multiplicative hashes of 32 bits over UTF-16 units, each stirred at the end. */
function digestText(text: string): readonly [number, number] {
  let first = 0x811c9dc5;
  let second = 0x2545f491;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x5bd1e995) + first;
  }
  return [stir(first), stir(second)];
}

/** MurmurHash3's finaliser (Austin Appleby, public domain). */
function stir(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
