/**
 * Whether a run still moves: everything that passes is counted. Time may be a matter of that alone: it passes when nothing
 * else does. A run in which nothing passes any more has hung.
 */

import { setImmediate, setTimeout } from "node:timers/promises";

import { systemTiming, type Timing } from "../../lib/coordinator/timing.ts";
import { VirtualTime } from "../coordinator/_virtual-time.ts";

/** How long nothing must pass until a run has hung, ms: no message, event or stored thing, whatever the machine does. */
const hungMs = 30_000;
/** Looks at which nothing has passed until time does. */
const quietLooks = 5;

export class Motion {
  readonly #virtual: VirtualTime | undefined;
  #moves = 0;
  /** Messages and stored things under way. */
  #under = 0;

  /** @param time - the machine's, or one that passes when nothing else moves */
  constructor(time: "machine" | "virtual") {
    this.#virtual = time === "virtual" ? new VirtualTime() : undefined;
  }

  get timing(): Timing {
    return this.#virtual ?? systemTiming;
  }

  /** Something has happened. */
  move(): void {
    this.#moves++;
  }

  /** Something that moves when it begins and when it ends, well or not. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.move();
    this.#under++;
    try {
      return await work();
    } finally {
      this.#under--;
      this.move();
    }
  }

  /** @returns what `work` comes to, or "hung" when nothing has moved for long. */
  async watch<T>(work: Promise<T>): Promise<T | "hung"> {
    const settled = new AbortController();
    void Promise.allSettled([work]).then(() => settled.abort());
    let [seen, since, quiet] = [this.#moves, performance.now(), 0];
    while (!settled.signal.aborted) {
      await (this.#under > 0 ? setTimeout(1) : setImmediate());
      if (seen !== this.#moves || this.#under > 0) quiet = 0;
      if (seen !== this.#moves) [seen, since] = [this.#moves, performance.now()];
      else if (++quiet >= quietLooks && this.#virtual?.passToNext() === true) this.move();
      else if (performance.now() - since > hungMs) return "hung";
    }
    return work;
  }
}
