/** A store that answers late and in another order than it was asked in, as objects far away do. */

import { setImmediate } from "node:timers/promises";

import { MemoryStore } from "../../lib/coordinator/store.ts";
import type { Motion } from "./motion.ts";

export class TurnStore extends MemoryStore {
  readonly #turns: readonly number[];
  readonly #motion: Motion;
  #asked = 0;

  /** @param turns - of the event loop that each operation waits, in turn */
  constructor(turns: readonly number[], motion: Motion) {
    super();
    this.#turns = turns;
    this.#motion = motion;
  }

  override put(name: string, bytes: Uint8Array): Promise<void> {
    return this.#late(() => super.put(name, bytes));
  }

  override get(name: string): Promise<Uint8Array> {
    return this.#late(() => super.get(name));
  }

  override remove(name: string): Promise<void> {
    return this.#late(() => super.remove(name));
  }

  #late<T>(work: () => Promise<T>): Promise<T> {
    const turns = this.#turns[this.#asked++ % this.#turns.length] ?? 0;
    return this.#motion.during(async () => {
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      return work();
    });
  }
}
