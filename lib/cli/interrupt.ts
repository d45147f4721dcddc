/** Ctrl-C: once asks the job to stop, twice ends the process at once. */

import { errorTable, SealfoldError } from "../errors.ts";
import type { Screen } from "./screen-text.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/** What may send signals: the process, or a fake of it. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  removeListener(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(status: number): void;
}

export class Interrupt {
  readonly #source: SignalSource;
  readonly #screen: Screen;
  readonly #controller = new AbortController();
  readonly #listener = (): void => this.#interrupt();

  constructor(screen: Screen, source: SignalSource = process) {
    this.#screen = screen;
    this.#source = source;
    for (const name of signals) source.on(name, this.#listener);
  }

  /** Aborted with CANCELLED by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives the signals back to whoever handles them otherwise; but after the first one, the second still ends all. */
  close(): void {
    if (this.signal.aborted) return;
    for (const name of signals) this.#source.removeListener(name, this.#listener);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #interrupt(): void {
    if (this.signal.aborted) {
      this.#source.exit(errorTable.CANCELLED.exit);
      return;
    }
    this.#screen.write("\nstopping; press Ctrl-C again to stop at once\n");
    this.#controller.abort(new SealfoldError("CANCELLED"));
  }
}
