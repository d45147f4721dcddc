/**
 * Seals the chunks of an input in their order and deposits them: here while they are few, and in threads once it pays to
 * start some, so that reading, sealing and depositing go on at once. What is on its way is bounded. Where chunks may be
 * offered, those that lie in a file are committed to once there are threads, and sealed when they are wanted; of a large
 * file of lines, the threads read them too.
 */

import { availableParallelism } from "node:os";

import { nonceLength } from "../crypto/aead.ts";
import { equalBytes, type RandomSource } from "../crypto/bytes.ts";
import type { Digest } from "../crypto/hash.ts";
import { Buffers, copyOf } from "../crypto/memory.ts";
import { chunkKey, type ChunkName, chunkOverhead } from "../data/chunk.ts";
import type { ChunkShelf } from "../data/chunk-shelf.ts";
import { fileFault } from "../data/paths.ts";
import type { Surveying, Surveyor } from "../data/line-survey.ts";
import type { FileRange, PlainChunk, SurveyedChunk } from "../data/plain-chunk.ts";
import { SealfoldError } from "../errors.ts";
import { type SealedChunk, Sealer, type SealFault } from "./sealing-thread.ts";
import { SealingThreads } from "./sealing-threads.ts";

export interface ChunkSealingParts {
  /** What the chunks are of. */
  readonly dataset: Omit<ChunkName, "index">;
  /** The dataset's, 32 bytes. */
  readonly key: Uint8Array;
  readonly random: RandomSource;
  /** Called for one chunk after the other. */
  deposit(name: ChunkName, sealed: Uint8Array, unkept: (sealed: Uint8Array) => void): Promise<void>;
  /** Called likewise, in place of it, for a chunk that will be so long when it is sealed, once it is wanted. Default: none. */
  readonly offer?: ((name: ChunkName, length: number, shelf: ChunkShelf) => Promise<void>) | undefined;
  /** Threads that may help. Default: two, and one where nothing is offered and there are not three cores. */
  readonly threads?: number | undefined;
  /** Bytes that are sealed before threads are started. Default: 16 MiB. */
  readonly bytesAlone?: number | undefined;
}

/** Bytes that are sealed here before threads are started: starting one takes about as long as sealing these. */
const defaultBytesAlone = 16 * 1024 * 1024;
/** Chunks on their way for each thread: one that it seals, one that it does next, and one that is being deposited. */
const openPerThread = 3;

/** Memory of sealed chunks that came back: of what is on its way, or what a few mappers have in hand and is read ahead. */
const spareChunks = 16;

/** Chunks differ a little in length; what is a multiple of so many bytes has room for the next one too. */
const roundTo = 65_536;

/** What it takes to seal a chunk when it is wanted. */
interface Offered {
  readonly name: ChunkName;
  readonly source: FileRange;
  readonly leaf: Digest;
}

interface Sealed extends Pick<SealedChunk, "sealed" | "leaf"> {
  readonly records: number;
  readonly offered: Offered | undefined;
}

export class ChunkSealing implements ChunkShelf, Surveyor {
  /** Where plaintext chunks get their memory, and where it comes back to. */
  readonly plain: Buffers;
  /** Fewer bytes are sealed here: see {@link ChunkSealingParts.bytesAlone}. */
  readonly leastBytes: number;
  readonly #sealed = new Buffers(spareChunks);
  readonly #parts: ChunkSealingParts;
  readonly #threads: number;
  readonly #sealer = new Sealer();
  readonly #leaves: Digest[] = [];
  #added = 0;
  #records = 0;
  /** By their index. */
  readonly #offered = new Map<number, Offered>();
  /** Deposits that were begun, in order. */
  readonly #open: Promise<void>[] = [];
  #helpers: SealingThreads | undefined;
  #bytes = 0;

  constructor(parts: ChunkSealingParts) {
    this.#parts = parts;
    this.leastBytes = parts.bytesAlone ?? defaultBytesAlone;
    // Where chunks are handed over, whoever reads them works too; where they are only to be read, nobody does yet.
    this.#threads = parts.threads ?? (parts.offer !== undefined || availableParallelism() > 2 ? 2 : 1);
    this.plain = new Buffers(openPerThread * Math.max(1, this.#threads)); // as many as will be on their way
  }

  /**
   * Seals the next chunk. Settles when the one after it may come.
   * @param chunk - whose bytes must not change any more; memory of `plain` comes back to it
   * @throws what the deposit of this chunk or an earlier one threw
   */
  async add(chunk: PlainChunk | SurveyedChunk): Promise<void> {
    const name = this.#nameOf(this.#added++);
    const sealing = "found" in chunk ? lyingThere(name, chunk) : this.#seal(name, chunk);
    const deposited = this.#deposit(name, sealing, this.#open.at(-1));
    deposited.catch(() => undefined); // met by whoever waits for it
    this.#open.push(deposited);
    if (this.#open.length > this.#most) await this.#open.shift();
  }

  /** Has a thread read the next chunk, which is to be added before another is. */
  survey(source: FileRange, recordBytes: number): Surveying {
    const name = this.#nameOf(this.#added);
    this.#helpers ??= new SealingThreads(this.#threads);
    let known = (_bytes: number): void => undefined;
    const told = new Promise<number>((resolve) => (known = resolve));
    const found = this.#withKey(name, (key, threads) => {
      return threads.survey({ key, name, source, recordBytes }, known);
    }).then((answer) => ("fault" in answer ? Promise.reject(faultIn(source, answer.fault)) : answer.found));
    return { cut: Promise.race([told, found.then(() => told)]), found };
  }

  /** Records of the chunks that were added, when all are deposited. */
  get records(): number {
    return this.#records;
  }

  /** @returns the leaves of all chunks, when all are deposited */
  async finish(): Promise<readonly Digest[]> {
    await Promise.all(this.#open);
    return this.#leaves;
  }

  /** Whether somebody was offered chunks: whoever that is closes this. */
  get hasOffered(): boolean {
    return this.#offered.size > 0;
  }

  /** @throws {SealfoldError} DATA_CHANGED, DATA_FILE */
  async chunk(index: number): Promise<Uint8Array> {
    const { name, source } = this.#offeredAt(index);
    const length = source.length + chunkOverhead;
    const target = this.#sealed.take(Math.ceil(length / roundTo) * roundTo).subarray(0, length);
    const nonce = this.#parts.random(nonceLength);
    const { sealed, fault } = await this.#withKey(name, (key, threads) => {
      return threads.sealLying({ key, name, nonce, source, target });
    });
    if (fault !== undefined) throw faultIn(source, fault);
    return sealed;
  }

  /** @throws {SealfoldError} DATA_CHANGED, DATA_FILE */
  async check(index: number): Promise<void> {
    const { name, source, leaf } = this.#offeredAt(index);
    const found = await this.#withKey(name, (key, threads) => threads.leafLying({ key, name, source }));
    if ("fault" in found) throw faultIn(source, found.fault);
    if (!equalBytes(found.leaf, leaf)) throw changed(source);
  }

  spare(memory: Uint8Array): void {
    this.#sealed.give(memory);
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#helpers?.close();
  }

  #nameOf(index: number): ChunkName {
    return { ...this.#parts.dataset, index };
  }

  #offeredAt(index: number): Offered {
    return this.#offered.get(index) ?? notOffered();
  }

  async #withKey<T>(name: ChunkName, work: (key: Uint8Array, threads: SealingThreads) => Promise<T>): Promise<T> {
    const key = chunkKey(this.#parts.key, name);
    try {
      return await work(key, this.#helpers ?? notOffered());
    } finally {
      key.fill(0);
    }
  }

  get #most(): number {
    return this.#helpers === undefined ? 1 : openPerThread * this.#threads;
  }

  async #seal(name: ChunkName, { bytes: plaintext, records, source }: PlainChunk): Promise<Sealed> {
    const { key, random, offer } = this.#parts;
    this.#bytes += plaintext.length;
    if (this.#threads > 0 && this.#bytes > this.leastBytes) this.#helpers ??= new SealingThreads(this.#threads);
    const lying = offer === undefined || this.#helpers === undefined ? undefined : source;
    const target = lying === undefined ? this.#sealed.take(plaintext.length + chunkOverhead) : undefined;
    const nonce = random(nonceLength);
    const task = { key: chunkKey(key, name), name, nonce, plaintext, target };
    const isOurs = this.plain.lent(plaintext);
    const sealed =
      this.#helpers === undefined
        ? this.#sealer.seal(task)
        : await this.#helpers.seal(isOurs ? task : { ...task, plaintext: copyOf(plaintext) }); // an input's own stays
    task.key.fill(0);
    if (isOurs) this.plain.give(sealed.plaintext);
    return { ...sealed, records, offered: lying && { name, source: lying, leaf: sealed.leaf } };
  }

  async #deposit(name: ChunkName, sealing: Promise<Sealed>, before: Promise<void> | undefined): Promise<void> {
    sealing.catch(() => undefined); // where the one before fails, that is said
    await before;
    const { sealed, leaf, records, offered } = await sealing;
    this.#leaves.push(leaf);
    this.#records += records;
    if (sealed !== undefined) await this.#parts.deposit(name, sealed, (unkept) => this.#sealed.give(unkept));
    if (offered === undefined) return;
    this.#offered.set(name.index, offered);
    await this.#parts.offer?.(name, offered.source.length + chunkOverhead, this);
  }
}

/** A chunk that nobody here reads. */
async function lyingThere(name: ChunkName, { source, found }: SurveyedChunk): Promise<Sealed> {
  const { leaf, records } = await found;
  return { sealed: undefined, leaf, records, offered: { name, source, leaf } };
}

function faultIn({ file }: FileRange, fault: SealFault): SealfoldError {
  if (fault.changed) return changed({ file });
  return fileFault(file, Object.assign(new Error(fault.code), { code: fault.code }));
}

function changed({ file }: Pick<FileRange, "file">): SealfoldError {
  return new SealfoldError("DATA_CHANGED", `${file} was changed while its records were in use`, { file });
}

function notOffered(): never {
  throw new SealfoldError("BUG", "no such chunk was offered");
}
