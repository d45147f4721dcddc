/** One thing from each of a number of places: nobody goes on before all are there. */
export class Gathering<T> {
  /** Settles when the last is there, or when it is given up. */
  readonly all: Promise<readonly T[]>;
  readonly #given: (T | undefined)[];
  readonly #open: Set<number>;
  readonly #resolve: (all: readonly T[]) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(places: number) {
    const { promise, resolve, reject } = deferred<readonly T[]>();
    promise.catch(() => undefined); // met again by whoever waits, if anybody does
    this.all = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#given = new Array<T | undefined>(places);
    this.#open = new Set(this.#given.keys());
  }

  /** What was given for a place before gives way, until all are there. */
  give(place: number, value: T): void {
    this.#given[place] = value;
    this.#open.delete(place);
    if (this.#open.size === 0) this.#resolve(this.#given as T[]);
  }

  giveUp(reason: unknown): void {
    this.#reject(reason);
  }
}

// Promise.withResolvers is there from Node 22 on
function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
