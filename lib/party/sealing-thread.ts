/** What a party's threads do: seal chunks that the party hands them, one after the other. They hold nothing in between. */

import { parentPort } from "node:worker_threads";

import type { Digest } from "../crypto/hash.ts";
import { chunkLeaf, type ChunkSeal, sealChunkInto } from "../data/chunk.ts";

/** One chunk to be sealed, and where. */
export interface SealTask extends ChunkSeal {
  readonly plaintext: Uint8Array;
  /** As long as the sealed chunk. */
  readonly target: Uint8Array;
}

export interface SealedChunk {
  readonly sealed: Uint8Array;
  readonly leaf: Digest;
  /** The plaintext's memory, which nobody needs any more. */
  readonly plaintext: Uint8Array;
}

export function sealTask({ plaintext, target, ...seal }: SealTask): SealedChunk {
  sealChunkInto(seal, plaintext, target);
  return { sealed: target, leaf: chunkLeaf(seal.name, target), plaintext };
}

/** Seals until it is ended. Memory comes with each task, and goes back with its answer. */
export function serveSealing(): void {
  parentPort?.on("message", (task: SealTask) => {
    const done = sealTask(task);
    parentPort?.postMessage(done, [done.sealed.buffer as ArrayBuffer, done.plaintext.buffer as ArrayBuffer]);
  });
}
