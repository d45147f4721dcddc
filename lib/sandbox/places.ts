/** Places that are taken in the order in which they were asked for. */

export class Places {
  /** Who waits for a place, in order. */
  readonly #queue: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Does `work` once there is a place for it.
   * @throws what `end` was aborted with, when that comes first
   */
  async hold<T>(end: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#take(end);
    try {
      end.throwIfAborted();
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  #take(end: AbortSignal): Promise<void> {
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
}
