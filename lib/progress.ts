/** How far a local job is: sealed bytes, mapped tasks, reduced partitions, in the order of the stages. */

import type { JobEvent } from "./coordinator/events.ts";
import { fromBase64url } from "./crypto/bytes.ts";

export type Stage = "seal" | "start" | "map" | "reduce" | "release" | "verify";

/** One step of one stage. `bytes` of input are behind `done`, where that is known. */
export interface ProgressStep {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number | undefined;
  readonly unit: "bytes" | "tasks" | "partitions" | "steps";
  readonly bytes?: number;
}

export type ProgressListener = (step: ProgressStep) => void;

export class Progress {
  readonly #tell: ProgressListener;
  readonly #pass: (event: JobEvent) => void;
  #jobId: Uint8Array | undefined;
  #mappedBytes = 0;
  #recovered = false;

  constructor(listener: ProgressListener | undefined, events: ((event: JobEvent) => void) | undefined) {
    this.#tell = listener ?? (() => undefined);
    this.#pass = events ?? (() => undefined);
  }

  /** Known once the job is planned. */
  get jobId(): Uint8Array | undefined {
    return this.#jobId;
  }

  /** Whether the broker goes on with the memory of one that was there before. */
  get recovered(): boolean {
    return this.#recovered;
  }

  starting(): void {
    this.#tell({ stage: "start", done: 0, total: 1, unit: "steps" });
  }

  sealed(read: number, total: number | undefined): void {
    this.#tell({ stage: "seal", done: read, total, unit: "bytes", bytes: read });
  }

  verifying(): void {
    this.#tell({ stage: "verify", done: 0, total: 1, unit: "steps" });
  }

  event(event: JobEvent): void {
    this.#pass(event);
    if (event.kind === "recover") this.#recovered = event.how === "shares";
    if (event.kind === "plan") {
      this.#jobId = fromBase64url(event.jobId, 32);
      this.#tell({ stage: "map", done: 0, total: event.tasks, unit: "tasks", bytes: 0 });
    } else if (event.kind === "commit" && event.role === "mapper") {
      this.#mappedBytes += event.bytes;
      this.#tell({ stage: "map", done: event.done, total: event.total, unit: "tasks", bytes: this.#mappedBytes });
    } else if (event.kind === "commit") {
      this.#tell({ stage: "reduce", done: event.done, total: event.total, unit: "partitions" });
    } else if (event.kind === "release") {
      this.#tell({ stage: "release", done: 1, total: 1, unit: "steps" });
    }
  }
}
