/** The threads of one process through piscina: a fresh one for each sandbox, never used for a second one. */

import type { Worker } from "node:worker_threads";

import { Piscina } from "piscina";

import { Places } from "./places.ts";
import { PulseReader } from "./pulse.ts";
import type { Launch } from "./sandbox.ts";

export interface ThreadPoolOptions {
  /** The bundle that a thread loads. */
  readonly path: string;
  /** Old generation heap of one thread, MiB. */
  readonly memoryMiB: number;
  /** Threads that may run at once. */
  readonly threads: number;
}

/**
 * Node stops a thread that reaches its heap's limit, and lends it 16 MiB until it has stopped. V8 ends the whole process
 * where that is not enough, as where one collection moves more than that out of a young generation of V8's own size.
 */
const maxYoungGenerationSizeMb = 16;

export class ThreadPool {
  readonly #pool: Piscina;
  /** piscina starts no thread for what waits in it when it kills another, so nothing waits in it. */
  readonly #places: Places;
  /** Threads that are alive, with the promise of their end: piscina does not wait for those that it kills. */
  readonly #threads = new Map<Worker, Promise<unknown>>();

  constructor({ path, memoryMiB, threads }: ThreadPoolOptions) {
    this.#places = new Places(threads);
    this.#pool = new Piscina({
      filename: path,
      minThreads: 0,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      atomics: "disabled",
      recordTiming: false,
      env: {},
      execArgv: [],
      trackUnmanagedFds: false,
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB, maxYoungGenerationSizeMb, stackSizeMb: 4 },
    });
    this.#pool.on("error", () => undefined); // a dying thread is reported by its own task
  }

  /** Runs one sandbox; settles when its thread is gone. */
  readonly run: Launch = (task, end, begun) =>
    this.#places.hold(end, async () => {
      begun?.();
      const run = this.#pool.run(task, { transferList: [task.port, task.platform], signal: end }) as Promise<void>;
      this.#watchThreads();
      try {
        await run;
      } finally {
        const thread = this.thread(new PulseReader(task.pulse).thread);
        if (thread !== undefined) await this.#threads.get(thread); // piscina has killed it, or it ends itself
      }
    });

  /** @returns the thread of this number, while it is alive */
  thread(id: number): Worker | undefined {
    return [...this.#threads.keys()].find(({ threadId }) => threadId === id);
  }

  /** Settles when no thread is left. Whatever runs must have been ended. */
  async close(): Promise<void> {
    this.#watchThreads(); // those that piscina started in place of others
    await this.#pool.destroy();
    await Promise.all(this.#threads.values());
  }

  #watchThreads(): void {
    for (const thread of this.#pool.threads) {
      if (this.#threads.has(thread)) continue;
      // not events.once, which rejects on "error": a thread out of memory has one before it exits
      const exit = new Promise<void>((resolve) => void thread.once("exit", () => resolve()));
      this.#threads.set(
        thread,
        exit.then(() => this.#threads.delete(thread)),
      );
    }
  }
}
