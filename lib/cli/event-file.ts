/**
 * `--events`: a job's events as JSON lines, in a file that is complete at every moment, however the job ends. Events are
 * public metadata; so is what is written.
 */

import { closeSync, openSync, writeSync } from "node:fs";

import type { JobEvent } from "../coordinator/events.ts";
import { unwritable, usageError } from "./failure.ts";

export class EventFile {
  readonly #file: string;
  readonly #clock: () => number;
  readonly #started: number;
  #descriptor: number | undefined;
  #lost: unknown;

  /**
   * Begins the file anew.
   * @param clock - milliseconds since whenever
   * @throws {SealfoldError} USAGE when it cannot be written
   */
  constructor(file: string, clock: () => number = () => performance.now()) {
    this.#file = file;
    this.#clock = clock;
    this.#started = clock();
    try {
      this.#descriptor = openSync(file, "w");
    } catch (error) {
      throw usageError(`--events: cannot write ${file}`, error);
    }
  }

  /** Writes one line before it returns. A disk that is full does not stop the job: `finish` tells. */
  readonly write = (event: JobEvent): void => {
    if (this.#descriptor === undefined || this.#lost !== undefined) return;
    const at = Math.round(this.#clock() - this.#started);
    try {
      writeSync(this.#descriptor, `${JSON.stringify({ at, ...event })}\n`);
    } catch (error) {
      this.#lost = error;
    }
  };

  /** @throws {SealfoldError} DATA_FILE when an event could not be written */
  finish(): void {
    this.close();
    if (this.#lost !== undefined) throw unwritable(this.#file, this.#lost);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
