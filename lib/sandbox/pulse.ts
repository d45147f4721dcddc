/**
 * A sandbox's sign of life: a counter that its thread changes before each batch of records, odd while the thread works,
 * and the thread's number. The thread only writes, its launcher only reads, and never writes back: memory that two
 * threads share is a clock or a channel only for whoever has somebody at its other end, and a program has nobody there.
 */

import { threadId } from "node:worker_threads";
import { getHeapStatistics } from "node:v8";

import { SealfoldError } from "../errors.ts";

const MiB = 1024 * 1024;
const words = 2;
const countAt = 0;
const threadAt = 1;

/** Buffers over the limit that are only waiting to be collected: V8 lets 64 MiB of them wait. */
const uncollectedBytes = 64 * MiB;

/** @returns the memory that a thread and its launcher share */
export function makePulse(): SharedArrayBuffer {
  return new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
}

/** @returns bytes of buffers that a thread with `memoryMiB` may hold beside what it was given */
export function bufferLimit(memoryMiB: number): number {
  return memoryMiB * MiB + uncollectedBytes;
}

/** The launcher's side. */
export class PulseReader {
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  /** Changes with every batch that begins or ends. */
  get count(): number {
    return Atomics.load(this.#words, countAt);
  }

  /** Whether the thread was at work when it had this count. */
  static isBusy(count: number): boolean {
    return (count & 1) === 1;
  }

  /** As the thread itself says; zero before it has begun. */
  get thread(): number {
    return Atomics.load(this.#words, threadAt);
  }
}

/** The thread's side. */
export class Pulse {
  readonly #words: Int32Array;
  readonly #limit: number;
  #count = 0;
  #given = 0;

  /** @param memoryMiB - the limit of the thread's heap, and of its buffers again */
  constructor(shared: SharedArrayBuffer, memoryMiB: number) {
    this.#words = new Int32Array(shared);
    this.#limit = bufferLimit(memoryMiB);
    Atomics.store(this.#words, threadAt, threadId);
  }

  /** Work begins on a message that brought `given` bytes. */
  begin(given: number): void {
    this.#given = given;
    this.#tell(1);
  }

  /**
   * Another batch begins.
   * @throws {SealfoldError} LIMIT_MEMORY when buffers are kept that no limit of V8's counts
   */
  readonly beat = (): void => {
    this.#tell(2);
    if (getHeapStatistics().external_memory - this.#given > this.#limit) throw new SealfoldError("LIMIT_MEMORY");
  };

  /** Work has ended. */
  end(): void {
    this.#tell(1);
  }

  #tell(steps: number): void {
    this.#count = (this.#count + steps) | 0;
    Atomics.store(this.#words, countAt, this.#count);
  }
}
