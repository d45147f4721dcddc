/** Where sandboxes come from, and the fleet of this process: a thread for each. */

import { SealfoldError } from "../errors.ts";
import type { Digest } from "../crypto/hash.ts";
import type { SigningKey } from "../crypto/signature.ts";
import type { Role } from "../identity/evidence.ts";
import { softwareQuote } from "../identity/software.ts";
import { systemSeconds } from "./clock.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { type Quoter, Sandbox, type SandboxLink } from "./sandbox.ts";
import { ThreadPool } from "./thread-pool.ts";
import { findWorkerFile } from "./worker-file.ts";

/** Where the coordinator gets its sandboxes: here threads of this process, elsewhere machines of a cluster. */
export interface Fleet {
  /** The attestation platform that quotes its sandboxes: a name that policies accept. */
  readonly platform: string;
  /** The digest of the code that sandboxes of this fleet load. */
  readonly measurement: Digest;
  /** Mappers and reducers that it can run at once, where there is a bound. */
  readonly workers?: number;
  start(role: Role, index: number): SandboxLink;
  /** Has a sandbox load its code, so that {@link Fleet.start} finds it ready. Worth nothing where that costs nothing. */
  prepare?(role: Role, index: number): void;
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

export class ThreadFleet implements Fleet {
  readonly platform = "software";
  readonly measurement: Digest;
  readonly #pool: ThreadPool;
  readonly #watch: MemoryWatch;
  readonly #options: ThreadFleetOptions;
  readonly #running = new Set<Sandbox>();
  /** Those that nobody has started yet. */
  readonly #prepared = new Set<Sandbox>();
  #closed = false;

  private constructor(measurement: Digest, pool: ThreadPool, options: ThreadFleetOptions) {
    this.measurement = measurement;
    this.#pool = pool;
    this.#watch = new MemoryWatch({ memoryMiB: options.memoryMiB, thread: (id) => pool.thread(id) });
    this.#options = options;
  }

  static async open(options: ThreadFleetOptions): Promise<ThreadFleet> {
    const { path, measurement } = await findWorkerFile();
    const { memoryMiB, threads } = options;
    return new ThreadFleet(measurement, new ThreadPool({ path, memoryMiB, threads }), options);
  }

  /** One thread is the broker's. */
  get workers(): number {
    return this.#options.threads - 1;
  }

  /** @throws {SealfoldError} CANCELLED once the fleet is closed */
  start(role: Role, index: number): SandboxLink {
    const prepared = [...this.#prepared].find((sandbox) => sandbox.role === role && sandbox.index === index);
    if (prepared === undefined) return this.#open(role, index);
    this.#prepared.delete(prepared);
    return prepared;
  }

  /** @throws {SealfoldError} CANCELLED once the fleet is closed */
  prepare(role: Role, index: number): void {
    const sandbox = this.#open(role, index);
    this.#prepared.add(sandbox);
    void sandbox.ended.then(() => this.#prepared.delete(sandbox));
  }

  #open(role: Role, index: number): Sandbox {
    if (this.#closed) throw new SealfoldError("CANCELLED", "the fleet was closed");
    const sandbox = new Sandbox(role, index, this.#pool.run, operatorQuoter(this.measurement, this.#options));
    this.#running.add(sandbox);
    this.#watch.add(sandbox);
    void sandbox.ended.then(() => this.#running.delete(sandbox));
    return sandbox;
  }

  async close(): Promise<void> {
    this.#closed = true; // a pool that was destroyed would start threads again
    const reason = new SealfoldError("CANCELLED", "the fleet was closed");
    for (const sandbox of this.#running) sandbox.end(reason);
    await this.#pool.close();
  }
}

/** The operator's word for what a sandbox loaded. Its key stays on this side of every wall. */
export function operatorQuoter(
  measurement: Digest,
  { platformKey, clock = systemSeconds }: Pick<ThreadFleetOptions, "platformKey" | "clock">,
): Quoter {
  return (reportData) =>
    softwareQuote({ key: platformKey, measurement, reportData: reportData as Digest, now: clock() });
}
