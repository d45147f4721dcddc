/**
 * The same program without protection: piscina threads map blocks of the file, and the main thread merges what they
 * answer.
 */

import { Piscina } from "piscina";

import type { Entry } from "../answer.ts";
import { blocksOf } from "./blocks.ts";
import type { Answer, Task } from "./contender.ts";

/** The part of a program's reduce that joins states. */
export interface BareAggregate {
  zero(): unknown;
  add(state: unknown, value: unknown): unknown;
  merge(a: unknown, b: unknown): unknown;
  finish(state: unknown): unknown;
}

/** Of 4, 16 and 48 MiB these take the least time, and memory. */
const blockBytes = 4 << 20;

/** @param how - what of the worker maps a block */
export async function answer({ worker, file, threads }: Task, how = "default"): Promise<Answer> {
  const pool = new Piscina({ filename: worker, minThreads: threads, maxThreads: threads });
  const { aggregate } = (await import(worker)) as { readonly aggregate: BareAggregate };
  const merged = new Map<string, unknown>();
  const pending = new Set<Promise<void>>();
  for await (const block of blocksOf(file, blockBytes)) {
    if (pending.size >= 2 * threads) await Promise.race(pending);
    const task = (pool.run(block, { name: how, transferList: [block.buffer] }) as Promise<Map<string, unknown>>).then(
      (states) => {
        for (const [key, state] of states) {
          merged.set(key, merged.has(key) ? aggregate.merge(merged.get(key), state) : state);
        }
      },
    );
    const settled: Promise<void> = task.finally(() => pending.delete(settled));
    pending.add(settled);
  }
  await Promise.all(pending);
  await pool.destroy();
  return new Map([...merged].map(([key, state]): Entry => [key, aggregate.finish(state) as number]));
}
