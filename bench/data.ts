/** The benchmarks' data as files: made once, and kept under bench/data (ignored by git). */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { addresses, distinctLines, stationLines, tinyAddress, zipfWords } from "./corpora.ts";

const folder = fileURLToPath(new URL("./data/", import.meta.url));

/** @returns a file of real text of at least `bytes` */
export function textCorpus(bytes: number): Promise<string> {
  return make(`addresses-${bytes}.txt`, () => addresses(bytes));
}

/** @returns a file of at least `bytes` of words by Zipf's law */
export function zipfCorpus(bytes: number): Promise<string> {
  return make(`zipf-${bytes}.txt`, () => zipfWords(bytes));
}

/** @returns a file of `rows` lines `Station 7;12.3` */
export function stationRows(rows: number): Promise<string> {
  return make(`stations-${rows}.txt`, () => stationLines(rows));
}

/** @returns a file of `rows` lines `user-00123456;5` with half as many keys */
export function distinctRows(rows: number): Promise<string> {
  return make(`distinct-${rows}.txt`, () => distinctLines(rows));
}

/** @returns a file of one kilobyte of text */
export function tinyText(): Promise<string> {
  return make("tiny.txt", async function* () {
    yield await tinyAddress(1024);
  });
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
