/**
 * One run of one contender, in a process of its own: `contender.ts sealfold|bare PROGRAM FILE THREADS [ISOLATION]`, where
 * PROGRAM is a name in `programs/` or, for sealfold, a path, and ISOLATION is sealfold's. Prints one line of JSON: CPU and
 * wall seconds of the whole process so far, peak memory, and a digest of the answer.
 */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

import { Piscina } from "piscina";

import type { MapReduceOptions } from "../lib/map-reduce.ts";
import { bundleBareWorker } from "./bare-bundle.ts";

type Isolation = NonNullable<MapReduceOptions["isolation"]>;

const [contender = "", name = "", file = "", threads = "2", isolation = "thread"] = process.argv.slice(2);
const answer = contender === "bare" ? await bare(Number(threads)) : await sealfold(Number(threads));
const { user, system } = process.cpuUsage();
const text = JSON.stringify([...answer].sort(([a], [b]) => (a < b ? -1 : 1)));
process.stdout.write(
  `${JSON.stringify({
    cpu: (user + system) / 1e6,
    wall: performance.now() / 1e3,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    keys: answer.size,
    answer: createHash("sha256").update(text).digest("hex").slice(0, 16),
  })}\n`,
);

async function sealfold(mappers: number): Promise<Map<string, unknown>> {
  const { lines, mapReduce } = await import("sealfold");
  const program = isAbsolute(name) ? name : fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
  const options = { mappers, isolation: isolation as Isolation };
  const { output } = await mapReduce<string, unknown>(program, lines(file), options);
  return new Map([...output].map(([key, value]) => [String(key), value]));
}

/** Reads the file in blocks cut at line ends, maps them on as many threads, merges the states. */
async function bare(maxThreads: number): Promise<Map<string, unknown>> {
  const pool = new Piscina({ filename: await bundleBareWorker(name), minThreads: maxThreads, maxThreads });
  const { default: program } = (await import(`./programs/${name}.ts`)) as {
    default: { definition: { reduce: { merge(a: unknown, b: unknown): unknown; finish(state: unknown): unknown } } };
  };
  const merged = new Map<string, unknown>();
  const pending = new Set<Promise<void>>();
  for await (const block of blocksOf(file)) {
    if (pending.size >= 2 * maxThreads) await Promise.race(pending);
    const task = (pool.run(block, { transferList: [block.buffer] }) as Promise<Map<string, unknown>>).then((states) => {
      for (const [key, state] of states) {
        merged.set(key, merged.has(key) ? program.definition.reduce.merge(merged.get(key), state) : state);
      }
    });
    const settled: Promise<void> = task.finally(() => pending.delete(settled));
    pending.add(settled);
  }
  await Promise.all(pending);
  await pool.destroy();
  return new Map([...merged].map(([key, state]) => [key, program.definition.reduce.finish(state)]));
}

async function* blocksOf(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let rest = Buffer.alloc(0);
  for await (const piece of createReadStream(path, { highWaterMark: 8 << 20 }) as AsyncIterable<Buffer>) {
    const end = piece.lastIndexOf(10) + 1;
    yield Uint8Array.from(Buffer.concat([rest, piece.subarray(0, end)]));
    rest = Buffer.from(piece.subarray(end));
  }
  if (rest.length > 0) yield Uint8Array.from(rest);
}
