/** The counters of a policy within one realm: what a record adds counts once the record is good. */

import { list, table, typeError } from "./_intrinsics.ts";

const largest = Number.MAX_SAFE_INTEGER;

export class Counters {
  readonly #indices = table<string, number>();
  readonly #names = list<string>();
  readonly #isOpen: boolean;
  readonly #counts = list<number>();
  readonly #pending = list<number>();
  #isPending = false;

  /** @param names - those of the policy, in its order; any name is taken where they are undefined */
  constructor(names: readonly string[] | undefined) {
    this.#isOpen = names === undefined;
    if (names !== undefined) for (let index = 0; index < names.length; index++) this.#open(names[index] as string);
  }

  /** In the order of {@link counts}. To be read only. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** What counts, in the policy's order. To be read only. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  /** @throws {TypeError} for an unknown name, what is no whole number from 0 on, and a sum past 2^53 - 1 */
  add(name: unknown, by: unknown = 1): void {
    const index = typeof name === "string" ? (this.#indices.get(name) ?? this.#another(name)) : undefined;
    if (index === undefined) throw typeError("the policy has no counter of that name");
    if (typeof by !== "number" || !(by >= 0 && by <= largest) || by % 1 !== 0) {
      throw typeError("a counter is raised by a whole number from 0 on");
    }
    const pending = (this.#pending[index] as number) + by;
    if ((this.#counts[index] as number) + pending > largest) throw typeError("a counter is larger than 2^53 - 1");
    this.#pending[index] = pending;
    this.#isPending = true;
  }

  /** What was added since the last call counts, or is forgotten. */
  settle(isGood: boolean): void {
    if (!this.#isPending) return;
    this.#isPending = false;
    for (let index = 0; index < this.#counts.length; index++) {
      if (isGood) this.#counts[index] = (this.#counts[index] as number) + (this.#pending[index] as number);
      this.#pending[index] = 0;
    }
  }

  #another(name: string): number | undefined {
    return this.#isOpen ? this.#open(name) : undefined;
  }

  #open(name: string): number {
    const index = this.#names.length;
    this.#names[index] = name;
    this.#indices.set(name, index);
    this.#counts[index] = 0;
    this.#pending[index] = 0;
    return index;
  }
}
