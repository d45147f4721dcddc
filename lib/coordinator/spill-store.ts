/**
 * A store that stays small: what fits lies in memory, the rest in one temporary file that has no name (see
 * `temporary-file.ts`) and is gone with the store. Whatever lies in either is sealed: chunks under their owners' keys,
 * map outputs under their partitions', so that neither the file nor the machine's swap has a record in clear.
 */

import { copyOf, type Memory, unwrittenBytes } from "../crypto/memory.ts";
import { SealfoldError } from "../errors.ts";
import { type Extent, FreeSpace } from "./free-space.ts";
import type { PutOptions, Store } from "./store.ts";
import { openTemporaryFile, type TemporaryFile } from "./temporary-file.ts";

export interface SpillOptions {
  /** Bytes that may lie in memory. Default: 64 MiB. */
  readonly memoryBytes?: number;
  /** Opens the file for what memory does not hold. Default: in the system's folder for temporary files. */
  readonly openFile?: () => Promise<TemporaryFile>;
}

const defaultMemoryBytes = 64 * 1024 * 1024;

/** Freed room at the file's end goes back to the system in steps of this many bytes, not with every entry. */
const shortenBytes = 16 * 1024 * 1024;

/** Its file is opened when it is needed first, and is the only one. Calls take effect one after the other. */
export class SpillStore implements Store, AsyncDisposable {
  readonly #memoryBytes: number;
  readonly #openFile: () => Promise<TemporaryFile>;
  readonly #entries = new Map<string, Uint8Array | Extent>();
  readonly #space = new FreeSpace();
  #held = 0;
  #file: TemporaryFile | undefined;
  #fileBytes = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @throws {RangeError} unless `memoryBytes` is a whole number from 0 on */
  constructor({ memoryBytes = defaultMemoryBytes, openFile = openTemporaryFile }: SpillOptions = {}) {
    if (!Number.isSafeInteger(memoryBytes) || memoryBytes < 0) {
      throw new RangeError(`"memoryBytes" expected a whole number from 0 on, got ${memoryBytes}`);
    }
    this.#memoryBytes = memoryBytes;
    this.#openFile = () => openFile();
  }

  /** Bytes that lie in memory now. */
  get heldBytes(): number {
    return this.#held;
  }

  /** Bytes that the file takes now. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /**
   * @param bytes - must not change any more, unless the store says that they are unkept
   * @throws {SealfoldError} DATA_FILE when the disk takes no more; what had the name before is there still
   */
  put(name: string, bytes: Uint8Array, { unkept }: PutOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.#entries.get(name);
      const held = this.#held - (before instanceof Uint8Array ? before.length : 0);
      const fits = held + bytes.length <= this.#memoryBytes;
      const entry = fits ? alone(bytes) : await this.#spill(bytes);
      if (entry !== bytes) unkept?.(bytes);
      this.#held = held + (fits ? bytes.length : 0);
      this.#entries.set(name, entry);
      if (before !== undefined && !(before instanceof Uint8Array)) await this.#free(before);
    });
  }

  /** @throws {SealfoldError} NOT_READY when nothing has that name; DATA_FILE */
  get(name: string, memory: Memory = unwrittenBytes): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const entry = this.#entries.get(name);
      if (entry === undefined) throw new SealfoldError("NOT_READY", `${name} is not in the store`);
      return entry instanceof Uint8Array ? copyOf(entry, memory) : this.#fetch(entry, memory);
    });
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const entry = this.#entries.get(name);
      this.#entries.delete(name);
      if (entry instanceof Uint8Array) this.#held -= entry.length;
      else if (entry !== undefined) await this.#free(entry);
    });
  }

  list(prefix: string): Promise<readonly string[]> {
    return this.#inTurn(() =>
      Promise.resolve([...this.#entries.keys()].filter((name) => name.startsWith(prefix)).sort()),
    );
  }

  /** Forgets everything, and closes the file. Every later call fails with CANCELLED. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turn; // what was begun still has the file
    this.#entries.clear();
    this.#held = 0;
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Bytes that are being read must not be freed and written over meanwhile. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => {
      if (this.#closed) throw new SealfoldError("CANCELLED", "the store was closed");
      return work();
    });
    this.#turn = done.catch(() => undefined); // told to whoever asked
    return done;
  }

  async #spill(bytes: Uint8Array): Promise<Extent> {
    const extent = this.#space.take(bytes.length);
    try {
      this.#file ??= await this.#openFile();
      await this.#file.write(extent.start, bytes);
    } catch (error) {
      this.#space.give(extent);
      throw failed(error);
    }
    this.#fileBytes = Math.max(this.#fileBytes, this.#space.end);
    return extent;
  }

  async #fetch({ start, length }: Extent, memory: Memory): Promise<Uint8Array> {
    const into = memory(length);
    const bytes = await this.#file?.read(start, into).catch((error: unknown) => Promise.reject(failed(error)));
    if (bytes?.length !== length) throw failed({ code: "it was cut" });
    return bytes;
  }

  async #free(extent: Extent): Promise<void> {
    this.#space.give(extent);
    const { end } = this.#space;
    if (this.#fileBytes - end < shortenBytes && end > 0) return;
    // a system that keeps the room is no reason to fail: it is used again, and given back with the file
    await this.#file?.shorten(end).then(
      () => (this.#fileBytes = end),
      () => undefined,
    );
  }
}

/** What is held is what is counted, or an eighth more: not the larger buffer of which it may be a part. */
function alone(bytes: Uint8Array): Uint8Array {
  return 8 * bytes.length >= 7 * bytes.buffer.byteLength ? bytes : copyOf(bytes);
}

function failed(error: unknown): SealfoldError {
  const reason = (error as NodeJS.ErrnoException).code ?? String(error);
  const detail = `the temporary file for what memory does not hold cannot be used (${reason})`;
  return new SealfoldError("DATA_FILE", detail, {}, error instanceof Error ? { cause: error } : {});
}
