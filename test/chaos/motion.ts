/** Whether a run still moves: everything that passes is counted, and a run of which nothing passes any more has hung. */

/** How long nothing must pass at least until what is held is let go, ms. */
const quietMs = 300;
/** And as many times as long as the run has moved, where a rival may come: slow is who takes longer than others took. */
const patience = 2;
/** How long nothing must pass until a run has hung, ms: no message, event or stored thing, whatever the machine does. */
const hungMs = 30_000;
const lookMs = 50;

export class Motion implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: { readonly patient: boolean; readonly go: () => void }[] = [];
  readonly #hung: Promise<"hung">;
  readonly #begun = performance.now();
  #since = this.#begun;
  /** Messages and stored things under way. */
  #under = 0;

  constructor() {
    let tell = (_: "hung"): void => undefined;
    this.#hung = new Promise((resolve) => (tell = resolve));
    this.#timer = setInterval(() => {
      const still = performance.now() - this.#since;
      if (still > hungMs) tell("hung");
      const enough = quietMs + (this.#waiting[0]?.patient === true ? patience * (this.#since - this.#begun) : 0);
      if (still > enough && this.#under === 0) this.#waiting.shift()?.go();
    }, lookMs);
  }

  /** Something has happened. */
  move(): void {
    this.#since = performance.now();
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

  /**
   * Settles when nothing else moves; those who wait are let go one by one.
   * @param patient - whether a rival may still move
   */
  quiet(patient: boolean): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ patient, go: () => (this.move(), resolve()) }));
  }

  /** @returns what `work` comes to, or "hung" when nothing has moved for long. */
  watch<T>(work: Promise<T>): Promise<T | "hung"> {
    return Promise.race([work, this.#hung]);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
