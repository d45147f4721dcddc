/**
 * Sandboxes in processes of their own, for programs that nobody trusts: what V8 cannot contain in a thread ends one
 * process and nothing else. The broker stays a thread of this process, for it runs no program.
 */

import type { Digest } from "../../crypto/hash.ts";
import type { SigningKey } from "../../crypto/signature.ts";
import { SealfoldError } from "../../errors.ts";
import type { Role } from "../../identity/evidence.ts";
import { type Fleet, operatorQuoter, ThreadFleet } from "../fleet.ts";
import { Places } from "../places.ts";
import { Sandbox, type SandboxLink } from "../sandbox.ts";
import { findProcessFile, findWorkerFile } from "../worker-file.ts";
import { launchProcess } from "./launch.ts";

export interface ProcessFleetOptions {
  /** Signs quotes as the operator: `software` attestation is the operator's word. No sandbox's process gets it. */
  readonly platformKey: SigningKey;
  /** Memory of one sandbox, MiB. Beyond it, and Node's own need, its process ends. */
  readonly memoryMiB: number;
  /** Mappers and reducers that may run at once. */
  readonly processes: number;
  /** @returns seconds since 1970. */
  readonly clock?: () => number;
}

export class ProcessFleet implements Fleet {
  readonly platform = "software";
  readonly measurement: Digest;
  readonly #options: ProcessFleetOptions;
  readonly #files: { readonly entry: string; readonly path: string };
  readonly #brokers: ThreadFleet;
  readonly #places: Places;
  readonly #running = new Set<Sandbox>();
  #closed = false;

  private constructor(
    options: ProcessFleetOptions,
    brokers: ThreadFleet,
    files: { readonly entry: string; readonly path: string },
  ) {
    this.measurement = brokers.measurement;
    this.#options = options;
    this.#files = files;
    this.#brokers = brokers;
    this.#places = new Places(options.processes);
  }

  static async open(options: ProcessFleetOptions): Promise<ProcessFleet> {
    const [brokers, entry, { path }] = await Promise.all([
      ThreadFleet.open({ ...options, threads: options.processes }),
      findProcessFile(),
      findWorkerFile(),
    ]);
    return new ProcessFleet(options, brokers, { entry, path });
  }

  get workers(): number {
    return this.#options.processes;
  }

  /** @throws {SealfoldError} CANCELLED once the fleet is closed */
  start(role: Role, index: number): SandboxLink {
    if (this.#closed) throw new SealfoldError("CANCELLED", "the fleet was closed");
    if (role === "broker") return this.#brokers.start(role, index);
    const { memoryMiB } = this.#options;
    const sandbox = new Sandbox(
      role,
      index,
      (task, end, begun) =>
        this.#places.hold(end, () => {
          begun?.();
          return launchProcess({ ...this.#files, memoryMiB, index }, task, end);
        }),
      operatorQuoter(this.measurement, this.#options),
    );
    this.#running.add(sandbox);
    void sandbox.ended.then(() => this.#running.delete(sandbox));
    return sandbox;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const reason = new SealfoldError("CANCELLED", "the fleet was closed");
    const running = [...this.#running];
    for (const sandbox of running) sandbox.end(reason);
    await Promise.all([this.#brokers.close(), ...running.map(({ ended }) => ended)]);
  }
}
