/**
 * Gets the cells of a partition from the store, in plan order, and the next one while the one before is merged, so that no
 * reducer waits for a disk. A reducer gives a cell's memory back, and the one after the next comes in it.
 */

import { Buffers, copyOf, type Memory } from "../crypto/memory.ts";
import type { Signed } from "../data/signed.ts";
import type { MapManifest } from "../proof/manifest.ts";
import type { SandboxLink } from "../sandbox/sandbox.ts";
import { cellName, type Store } from "./store.ts";
import type { Patience } from "./task-chunks.ts";

/** One is merged, and one is read meanwhile. */
const atOnce = 2;

export interface PartitionCells {
  readonly store: Pick<Store, "get">;
  readonly jobId: string;
  readonly partition: number;
  /** The commit set. */
  readonly map: readonly Signed<MapManifest>[];
}

/**
 * Gives a reducer all cells of its partition.
 * @param patience - how long it may take for each, and for a batch of its pairs
 * @throws {SealfoldError} what the store throws, and what the reducer answers
 */
export async function sendCells(
  link: Pick<SandboxLink, "ask">,
  cells: PartitionCells,
  patience: Omit<Patience, "timing">,
): Promise<void> {
  const spare = new Buffers(atOnce);
  const options = {
    ...patience,
    given: true,
    back: (memory: readonly Uint8Array[]) => memory.forEach((bytes) => spare.give(bytes)),
  };
  const memory: Memory = (length) => spare.take(length);
  let reading = readCell(cells, 0, memory);
  for (let index = 0; index < cells.map.length; index++) {
    const sealed = await reading;
    reading = readCell(cells, index + 1, memory);
    reading.catch(() => undefined); // met in the next round, unless the reducer fails before
    await link.ask("cell", {}, sealed, options);
  }
}

/** @returns a cell's handshake, and the cell in `memory`; nothing behind the last */
async function readCell(
  { store, jobId, partition, map }: PartitionCells,
  index: number,
  memory: Memory,
): Promise<readonly Uint8Array[]> {
  const manifest = map[index]?.document;
  if (manifest === undefined) return [];
  const cell = cellName(jobId, manifest.task, manifest.attempt, partition);
  const handshake = copyOf(await store.get(`${cell}/handshake`)); // so small that a store may have cut it from more
  return [handshake, await store.get(cell, memory)];
}
