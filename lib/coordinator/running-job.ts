/** A job while it runs: what it will come to, and what happens meanwhile. */

import type { Receipt } from "../proof/receipt.ts";
import { EventBuffer, type Missed } from "./event-buffer.ts";
import type { JobEvent, JobListener } from "./events.ts";

/** A sealed result: only the receivers named in the receipt can open it. */
export interface SealedResult {
  readonly receipt: Receipt;
  /** Per output, its sealed partitions in order. */
  readonly outputs: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** Events that are kept for a reader who is slow, or not there yet. */
const mostKept = 1024;

/**
 * Iterated, it gives the job's events, each once, from the first on, and ends when the job does, however it does. A
 * reader who is more than 1024 events behind loses the oldest: `{ kind: "missed", events }` says how many.
 */
export class RunningJob implements AsyncIterable<JobEvent | Missed> {
  /** Rejects with whatever stopped the job. */
  readonly result: Promise<SealedResult>;
  readonly #events = new EventBuffer<JobEvent>(mostKept);

  /** @param work - the job; it is begun at once, and tells `listener` its events */
  constructor(work: (listener: JobListener) => Promise<SealedResult>) {
    this.result = work((event) => this.#events.push(event)).finally(() => this.#events.end());
    this.result.catch(() => undefined); // met by whoever awaits it; a reader of events alone need not
  }

  [Symbol.asyncIterator](): AsyncIterator<JobEvent | Missed, undefined> {
    return this.#events;
  }
}
