/** One thing from each of a number of places: nobody goes on before all are there. */
export class Gathering<T> {
  /** Settles when the last is there. */
  readonly all: Promise<readonly T[]>;
  readonly #given: (T | undefined)[];
  readonly #open: Set<number>;
  #resolve: (all: readonly T[]) => void = () => undefined;

  constructor(places: number) {
    this.all = new Promise((resolve) => (this.#resolve = resolve));
    this.#given = new Array<T | undefined>(places);
    this.#open = new Set(this.#given.keys());
  }

  /** What was given for a place before gives way, until all are there. */
  give(place: number, value: T): void {
    this.#given[place] = value;
    this.#open.delete(place);
    if (this.#open.size === 0) this.#resolve(this.#given as T[]);
  }
}
