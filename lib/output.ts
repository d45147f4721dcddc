/** A result as its receiver reads it: pairs in key order, the same whatever the number of partitions was. */

import { compareKeys } from "./data/pairs.ts";
import type { Key } from "./program/index.ts";
import { type KeyedResult, readResults } from "./data/output.ts";

/** Opened results: iterate, or take them as a `Map`. */
export class Output<O> implements AsyncIterable<[Key, O]> {
  readonly #entries: readonly KeyedResult[];

  /** @param partitions - opened result streams, each sorted by key; they share no key */
  static fromPartitions<O>(partitions: readonly Uint8Array[]): Output<O> {
    const entries: KeyedResult[] = [];
    for (const partition of partitions) {
      for (const entry of readResults(partition)) entries.push(entry);
    }
    // V8 merges runs that are sorted already, as each partition is (TimSort).
    entries.sort((a, b) => compareKeys(a.kind, a.key, b.kind, b.key));
    return new Output(entries);
  }

  private constructor(entries: readonly KeyedResult[]) {
    this.#entries = entries;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#entries.length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<[Key, O]> {
    yield* this[Symbol.iterator]();
  }

  *[Symbol.iterator](): Generator<[Key, O]> {
    for (const { kind, key, result } of this.#entries) {
      yield [(kind === 0 ? key : JSON.parse(key)) as Key, JSON.parse(result) as O];
    }
  }

  /** @returns all pairs. Array keys are found by identity, as in any `Map`. */
  toMap(): Map<Key, O> {
    return new Map(this);
  }
}
