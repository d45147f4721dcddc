/** What an expert writes by hand over piscina: threads that read the file themselves, scan bytes, and answer once. */

import { stat } from "node:fs/promises";

import { Piscina } from "piscina";

import type { RangeJob } from "../workers/byte-ranges.ts";
import type { Tenths } from "../workers/byte-means.ts";
import type { Answer, Task } from "./contender.ts";

export async function answer({ worker, question, file, threads }: Task): Promise<Answer> {
  const pool = new Piscina({ filename: worker, minThreads: threads, maxThreads: threads });
  const job: RangeJob = { file, size: (await stat(file)).size, next: new SharedArrayBuffer(4) };
  const run = <T>(): Promise<T[]> =>
    Promise.all(Array.from({ length: threads }, () => pool.run({ ...job, words: question }) as Promise<T>));
  const answer =
    question === "means" ? means(await run<Map<string, Tenths>>()) : counts(await run<Map<string, number>>());
  await pool.destroy();
  return answer;
}

function counts([first = new Map(), ...others]: readonly Map<string, number>[]): Map<string, number> {
  for (const other of others) for (const [key, count] of other) first.set(key, (first.get(key) ?? 0) + count);
  return first;
}

function means(parts: readonly ReadonlyMap<string, Tenths>[]): Map<string, number> {
  const sums = new Map<string, Tenths>();
  for (const part of parts) {
    for (const [key, [sum, count]] of part) {
      const [before, of] = sums.get(key) ?? [0, 0];
      sums.set(key, [before + sum, of + count]);
    }
  }
  return new Map([...sums].map(([key, [sum, count]]) => [key, sum / 10 / count]));
}
