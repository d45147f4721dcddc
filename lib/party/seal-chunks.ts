/**
 * Seals the chunks of an input in their order and deposits them: here while they are few, and in threads once it pays to
 * start some, so that reading, sealing and depositing go on at once. What is on its way is bounded.
 */

import { availableParallelism } from "node:os";

import { nonceLength } from "../crypto/aead.ts";
import type { RandomSource } from "../crypto/bytes.ts";
import type { Digest } from "../crypto/hash.ts";
import { Buffers, copyOf } from "../crypto/memory.ts";
import { chunkKey, type ChunkName, chunkOverhead } from "../data/chunk.ts";
import { type SealedChunk, sealTask } from "./sealing-thread.ts";
import { SealingThreads } from "./sealing-threads.ts";

export interface ChunkSealingParts {
  /** The dataset's, 32 bytes. */
  readonly key: Uint8Array;
  readonly random: RandomSource;
  /** Called for one chunk after the other. */
  deposit(name: ChunkName, sealed: Uint8Array, unkept: (sealed: Uint8Array) => void): Promise<void>;
  /** Threads that may help. Default: two, and one where there are not three cores. */
  readonly threads?: number | undefined;
  /** Bytes that are sealed before threads are started. Default: 16 MiB. */
  readonly bytesAlone?: number | undefined;
}

/** Bytes that are sealed here before threads are started: starting one takes about as long as sealing these. */
const defaultBytesAlone = 16 * 1024 * 1024;
/** Chunks on their way for each thread: one that it seals, one that it does next, and one that is being deposited. */
const openPerThread = 3;

export class ChunkSealing {
  /** Where plaintext chunks get their memory, and where it comes back to. */
  readonly plain: Buffers;
  readonly #sealed: Buffers;
  readonly #parts: ChunkSealingParts;
  readonly #threads: number;
  readonly #leaves: Digest[] = [];
  /** Deposits that were begun, in order. */
  readonly #open: Promise<void>[] = [];
  #helpers: SealingThreads | undefined;
  #bytes = 0;

  constructor(parts: ChunkSealingParts) {
    this.#parts = parts;
    this.#threads = parts.threads ?? (availableParallelism() > 2 ? 2 : 1);
    this.plain = new Buffers(this.#most + 1);
    this.#sealed = new Buffers(this.#most + 1);
  }

  /**
   * Seals the next chunk. Settles when the one after it may come.
   * @param plaintext - must not change any more; memory of `plain` comes back to it
   * @throws what the deposit of this chunk or an earlier one threw
   */
  async add(name: ChunkName, plaintext: Uint8Array): Promise<void> {
    const deposited = this.#deposit(name, this.#seal(name, plaintext), this.#open.at(-1));
    deposited.catch(() => undefined); // met by whoever waits for it
    this.#open.push(deposited);
    if (this.#open.length > this.#most) await this.#open.shift();
  }

  /** @returns the leaves of all chunks, when all are deposited */
  async finish(): Promise<readonly Digest[]> {
    await Promise.all(this.#open);
    return this.#leaves;
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#helpers?.close();
  }

  get #most(): number {
    return this.#helpers === undefined ? 1 : openPerThread * this.#threads;
  }

  async #seal(name: ChunkName, plaintext: Uint8Array): Promise<SealedChunk> {
    const { key, random, bytesAlone = defaultBytesAlone } = this.#parts;
    const target = this.#sealed.take(plaintext.length + chunkOverhead);
    const task = { key: chunkKey(key, name), name, nonce: random(nonceLength), plaintext, target };
    const isOurs = this.plain.lent(plaintext);
    this.#bytes += plaintext.length;
    if (this.#threads > 0 && this.#bytes > bytesAlone) this.#helpers ??= new SealingThreads(this.#threads);
    const sealed =
      this.#helpers === undefined
        ? sealTask(task)
        : await this.#helpers.seal(isOurs ? task : { ...task, plaintext: copyOf(plaintext) }); // an input's own stays
    task.key.fill(0);
    if (isOurs) this.plain.give(sealed.plaintext);
    return sealed;
  }

  async #deposit(name: ChunkName, sealing: Promise<SealedChunk>, before: Promise<void> | undefined): Promise<void> {
    sealing.catch(() => undefined); // where the one before fails, that is said
    await before;
    const { sealed, leaf } = await sealing;
    this.#leaves.push(leaf);
    await this.#parts.deposit(name, sealed, (unkept) => this.#sealed.give(unkept));
  }
}
