/** Time that passes only when a test says so, or when everybody waits for it. */

import type { Timing } from "../../lib/coordinator/timing.ts";

interface Waiter {
  readonly at: number;
  readonly resolve: () => void;
}

export class VirtualTime implements Timing {
  #now = 0;
  readonly #waiters = new Set<Waiter>();

  /** How many are waiting. */
  get waiting(): number {
    return this.#waiters.size;
  }

  now(): number {
    return this.#now;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiter: Waiter = { at: this.#now + ms, resolve };
      this.#waiters.add(waiter);
      const over = (): void => {
        this.#waiters.delete(waiter);
        resolve();
      };
      if (signal.aborted) over();
      else signal.addEventListener("abort", over, { once: true });
    });
  }

  /**
   * Lets time pass until `work` has settled.
   * @throws when it never will, for nobody waits for anything
   */
  async passUntil<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    void Promise.allSettled([work]).then(() => (settled = true));
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve)); // whoever can go on has gone on by then
      if (settled) return work;
      if (!this.passToNext()) throw new Error("everything stands still");
    }
  }

  /** @returns whether anybody was waiting: whoever waits for the nearest moment waits no longer */
  passToNext(): boolean {
    const [first] = [...this.#waiters].toSorted((a, b) => a.at - b.at);
    if (first === undefined) return false;
    this.pass(first.at - this.#now);
    return true;
  }

  /** So many milliseconds are over at once. */
  pass(ms: number): void {
    this.#now += Math.max(0, ms);
    for (const waiter of [...this.#waiters].filter(({ at }) => at <= this.#now)) {
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
