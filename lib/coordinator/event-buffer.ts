/** A bounded queue between what happens and who reads of it: a slow reader loses the oldest, and is told how many. */

/** In the place of events that were lost, before the oldest that is left. */
export interface Missed {
  readonly kind: "missed";
  readonly events: number;
}

export class EventBuffer<E> implements AsyncIterableIterator<E | Missed> {
  readonly #most: number;
  readonly #events: E[] = [];
  /** Readers that wait for an event, in order. */
  readonly #readers: ((result: IteratorResult<E | Missed, undefined>) => void)[] = [];
  #missed = 0;
  #ended = false;

  /** @param most - events that are kept for a reader who is not there */
  constructor(most: number) {
    this.#most = most;
  }

  push(event: E): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: event });
      return;
    }
    this.#events.push(event);
    if (this.#events.length <= this.#most) return;
    this.#events.shift();
    this.#missed += 1;
  }

  /** What is kept is still read; then there is no more. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<E | Missed, undefined>> {
    if (this.#missed > 0) {
      const events = this.#missed;
      this.#missed = 0;
      return Promise.resolve({ done: false, value: { kind: "missed", events } });
    }
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** A reader who leaves: nothing more is kept. */
  return(): Promise<IteratorResult<E | Missed, undefined>> {
    this.end();
    this.#events.length = 0;
    this.#missed = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
