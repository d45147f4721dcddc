/**
 * The same program without protection: piscina threads map blocks of the file, as long as a sandbox's tasks are, and the
 * main thread merges what they answer.
 */

import { open } from "node:fs/promises";

import { Piscina } from "piscina";

import type { Entry } from "../answer.ts";
import type { Answer, Task } from "./contender.ts";

/** The part of a program's reduce that joins states. */
export interface BareAggregate {
  zero(): unknown;
  add(state: unknown, value: unknown): unknown;
  merge(a: unknown, b: unknown): unknown;
  finish(state: unknown): unknown;
}

const blockBytes = 16 << 20;

export async function answer({ worker, file, threads }: Task): Promise<Answer> {
  const pool = new Piscina({ filename: worker, minThreads: threads, maxThreads: threads });
  const { aggregate } = (await import(worker)) as { readonly aggregate: BareAggregate };
  const merged = new Map<string, unknown>();
  const pending = new Set<Promise<void>>();
  for await (const block of blocksOf(file)) {
    if (pending.size >= 2 * threads) await Promise.race(pending);
    const task = (pool.run(block, { transferList: [block.buffer] }) as Promise<Map<string, unknown>>).then((states) => {
      for (const [key, state] of states) {
        merged.set(key, merged.has(key) ? aggregate.merge(merged.get(key), state) : state);
      }
    });
    const settled: Promise<void> = task.finally(() => pending.delete(settled));
    pending.add(settled);
  }
  await Promise.all(pending);
  await pool.destroy();
  return new Map([...merged].map(([key, state]): Entry => [key, aggregate.finish(state) as number]));
}

/** Reads the file in blocks that end with lines. */
async function* blocksOf(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  await using file = await open(path);
  const { size } = await file.stat();
  let rest = new Uint8Array(0);
  for (let at = 0; at < size;) {
    const block = new Uint8Array(rest.length + Math.min(blockBytes, size - at));
    block.set(rest);
    const { bytesRead } = await file.read(block, rest.length, block.length - rest.length, at);
    if (bytesRead === 0) throw new Error(`${path} became shorter`);
    at += bytesRead;
    const filled = block.subarray(0, rest.length + bytesRead);
    const end = at < size ? filled.lastIndexOf(10) + 1 : filled.length;
    rest = filled.slice(end);
    yield filled.subarray(0, end);
  }
}
