/** Sandboxes in worker threads through piscina: a fresh thread for each, never used for a second one. */

import type { Worker } from "node:worker_threads";

import { Piscina } from "piscina";

import { SealfoldError } from "../errors.ts";
import type { Digest } from "../crypto/hash.ts";
import type { SigningKey } from "../crypto/signature.ts";
import type { Role } from "../identity/evidence.ts";
import { softwareQuote } from "../identity/software.ts";
import { systemSeconds } from "./clock.ts";
import { type Launch, Sandbox, type SandboxLink } from "./sandbox.ts";
import { findWorkerFile } from "./worker-file.ts";

/** Where the coordinator gets its sandboxes: here threads of this process, elsewhere machines of a cluster. */
export interface Fleet {
  /** The attestation platform that quotes its sandboxes: a name that policies accept. */
  readonly platform: string;
  /** The digest of the code that sandboxes of this fleet load. */
  readonly measurement: Digest;
  start(role: Role, index: number): SandboxLink;
  /** Ends all sandboxes and settles when their threads are gone. */
  close(): Promise<void>;
}

export interface ThreadFleetOptions {
  /** Signs quotes as the operator: `software` attestation is the operator's word. */
  readonly platformKey: SigningKey;
  /** Old generation heap of one thread, MiB. */
  readonly memoryMiB: number;
  /** Sandboxes that may run at once. */
  readonly threads: number;
  /** @returns seconds since 1970. */
  readonly clock?: () => number;
}

/**
 * Node stops a thread that reaches its heap's limit, and lends it 16 MiB until it has stopped. V8 ends the whole process
 * where that is not enough, as where one collection moves more than that out of a young generation of V8's own size.
 */
const maxYoungGenerationSizeMb = 16;

export class ThreadFleet implements Fleet {
  readonly platform = "software";
  readonly measurement: Digest;
  readonly #pool: Piscina;
  readonly #options: ThreadFleetOptions;
  readonly #running = new Set<Sandbox>();
  /** Who waits for a thread, in order. */
  readonly #queue: (() => void)[] = [];
  #free: number;
  #closed = false;
  /** Threads that are alive, with the promise of their end: piscina does not wait for those that it kills. */
  readonly #threads = new Map<Worker, Promise<unknown>>();

  private constructor(measurement: Digest, pool: Piscina, options: ThreadFleetOptions) {
    this.measurement = measurement;
    this.#pool = pool;
    this.#options = options;
    this.#free = options.threads;
  }

  static async open(options: ThreadFleetOptions): Promise<ThreadFleet> {
    const { path, measurement } = await findWorkerFile();
    const pool = new Piscina({
      filename: path,
      minThreads: 0,
      maxThreads: options.threads,
      concurrentTasksPerWorker: 1,
      atomics: "disabled",
      recordTiming: false,
      env: {},
      execArgv: [],
      trackUnmanagedFds: false,
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMiB, maxYoungGenerationSizeMb, stackSizeMb: 4 },
    });
    pool.on("error", () => undefined); // a dying thread is reported by its own task
    return new ThreadFleet(measurement, pool, options);
  }

  /** @throws {SealfoldError} CANCELLED once the fleet is closed */
  start(role: Role, index: number): SandboxLink {
    if (this.#closed) throw new SealfoldError("CANCELLED", "the fleet was closed");
    const sandbox = new Sandbox(
      role,
      index,
      (task, end) => this.#run(task, end),
      (reportData) =>
        softwareQuote({
          key: this.#options.platformKey,
          measurement: this.measurement,
          reportData: reportData as Digest,
          now: (this.#options.clock ?? systemSeconds)(),
        }),
    );
    this.#running.add(sandbox);
    void sandbox.ended.then(() => this.#running.delete(sandbox));
    return sandbox;
  }

  async close(): Promise<void> {
    this.#closed = true; // a pool that was destroyed would start threads again
    const reason = new SealfoldError("CANCELLED", "the fleet was closed");
    for (const sandbox of this.#running) sandbox.end(reason);
    this.#watchThreads(); // those that piscina started in place of others
    await this.#pool.destroy();
    await Promise.all(this.#threads.values());
  }

  async #run(task: Parameters<Launch>[0], end: AbortSignal): Promise<void> {
    await this.#turn(end);
    try {
      end.throwIfAborted();
      const run = this.#pool.run(task, { transferList: [task.port, task.platform], signal: end }) as Promise<void>;
      this.#watchThreads();
      await run;
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  /** piscina starts no thread for what waits in it when it kills another, so nothing waits in it. */
  #turn(end: AbortSignal): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#queue.push(resolve);
      end.addEventListener("abort", () => {
        const at = this.#queue.indexOf(resolve);
        if (at < 0) return; // its turn has come
        this.#queue.splice(at, 1);
        reject(end.reason as Error);
      });
    });
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
