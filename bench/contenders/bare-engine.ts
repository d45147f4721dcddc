/**
 * The same program over byte views without protection: piscina threads run sealfold's engine on blocks, spread the pairs
 * over as many partitions as a job has, and merge and finish each partition, as sandboxes do.
 */

import { stat } from "node:fs/promises";

import { Piscina } from "piscina";

import { Output } from "../../lib/output.ts";
import type { Entry } from "../answer.ts";
import type { EngineBlock } from "../workers/engine.ts";
import { blocksOf } from "./blocks.ts";
import type { Answer, Task } from "./contender.ts";

const partitions = 2;
/** As a job's plan has it: so many blocks for each thread, and none larger. */
const blocksPerThread = 3;
const mostBlockBytes = 128 << 20;

export async function answer({ worker, file, threads }: Task): Promise<Answer> {
  const pool = new Piscina({ filename: worker, minThreads: threads, maxThreads: threads });
  const streams = Array.from({ length: partitions }, (): Uint8Array<ArrayBuffer>[] => []);
  const pending = new Set<Promise<void>>();
  const { size } = await stat(file);
  const blockBytes = Math.min(mostBlockBytes, Math.ceil(size / (blocksPerThread * threads)));
  for await (const { buffer, length } of blocksOf(file, blockBytes)) {
    if (pending.size >= 2 * threads) await Promise.race(pending);
    const block: EngineBlock = { buffer, length, partitions };
    const mapping = pool.run(block, { name: "map", transferList: [buffer] }) as Promise<Uint8Array<ArrayBuffer>[]>;
    const settled: Promise<void> = mapping
      .then((parts) => parts.forEach((part, partition) => streams[partition]?.push(part)))
      .finally(() => pending.delete(settled));
    pending.add(settled);
  }
  await Promise.all(pending);
  const results = (await Promise.all(
    streams.map((all) => pool.run(all, { name: "reduce", transferList: all.map(({ buffer }) => buffer) })),
  )) as Uint8Array[][];
  await pool.destroy();
  const output = Output.fromPartitions<number>(results.flat());
  return { [Symbol.iterator]: () => entriesOf(output) };
}

function* entriesOf(output: Output<number>): Generator<Entry> {
  for (const [key, value] of output) yield [String(key), value];
}
