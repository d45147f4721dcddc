/**
 * Looks after threads whose one batch takes long: the heap has its own limit, but buffers count to none, and a thread
 * that does not come to its next batch does not count them by itself. Where Node tells (from 22.16) how much a thread
 * holds, that counts; elsewhere, how much the process has grown beyond what all its sandboxes may have together.
 */

import type { HeapInfo } from "node:v8";
import type { Worker } from "node:worker_threads";

import { SealfoldError } from "../errors.ts";
import { bufferLimit, PulseReader } from "./pulse.ts";
import type { Sandbox } from "./sandbox.ts";

const everyMs = 100;
/** Whoever has been in one batch for so many looks is looked at. */
const suspectLooks = 2;
/** A thread's own need beside its program's: heap that V8 has not given back, code, stacks. */
const overheadBytes = 96 * 1024 * 1024;

/** A thread that tells what it holds: Node 22.16 and newer. */
type Telling = Worker & { getHeapStatistics?: () => Promise<HeapInfo> };

interface Watched {
  readonly sandbox: Sandbox;
  count: number;
  /** Looks for which the count has stayed. */
  looks: number;
  asked: boolean;
}

export interface MemoryWatchOptions {
  readonly memoryMiB: number;
  /** @returns the thread of this number, while it is alive */
  readonly thread: (id: number) => Telling | undefined;
}

export class MemoryWatch {
  readonly #watched = new Set<Watched>();
  readonly #options: MemoryWatchOptions;
  readonly #bufferLimit: number;
  /** What of the process is neither this thread's nor a sandbox's. */
  readonly #base: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
    this.#bufferLimit = bufferLimit(options.memoryMiB);
    this.#base = othersBytes();
  }

  /** Until it has ended. */
  add(sandbox: Sandbox): void {
    const watched: Watched = { sandbox, count: 0, looks: 0, asked: false };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#look(), everyMs).unref();
    void sandbox.ended.then(() => {
      this.#watched.delete(watched);
      if (this.#watched.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  #look(): void {
    for (const watched of this.#watched) {
      const { count } = watched.sandbox.pulse;
      watched.looks = count === watched.count && PulseReader.isBusy(count) ? watched.looks + 1 : 0;
      watched.count = count;
    }
    const suspects = [...this.#watched].filter(({ looks }) => looks >= suspectLooks);
    const silent = suspects.filter((suspect) => !this.#ask(suspect));
    if (silent.length > 0 && othersBytes() - this.#base > this.#allowance()) {
      const [first] = silent.toSorted((a, b) => b.looks - a.looks);
      first?.sandbox.end(outOfMemory(first.sandbox));
    }
  }

  /** @returns whether its thread can say by itself what it holds */
  #ask(suspect: Watched): boolean {
    const { sandbox } = suspect;
    const answer = suspect.asked ? undefined : this.#options.thread(sandbox.pulse.thread)?.getHeapStatistics?.();
    if (answer === undefined) return suspect.asked;
    suspect.asked = true;
    const take = ({ external_memory: held }: HeapInfo): void => {
      suspect.asked = false;
      if (held - sandbox.given > this.#bufferLimit) sandbox.end(outOfMemory(sandbox));
    };
    answer.then(take, () => (suspect.asked = false)); // its thread has ended
    return true;
  }

  /** Bytes that all sandboxes may have together. */
  #allowance(): number {
    const each = this.#options.memoryMiB * 1024 * 1024 + this.#bufferLimit + overheadBytes;
    const given = [...this.#watched].reduce((sum, { sandbox }) => sum + sandbox.given, 0);
    return given + each * this.#watched.size;
  }
}

function outOfMemory({ role }: Sandbox): SealfoldError {
  return new SealfoldError("LIMIT_MEMORY", undefined, { stage: role });
}

/** Bytes of the process that are not this thread's. */
function othersBytes(): number {
  const { rss, heapTotal, external } = process.memoryUsage();
  return rss - heapTotal - external;
}
