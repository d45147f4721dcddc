/** A result as its receiver reads it: pairs in key order, the same whatever the number of partitions was. */

import { compareKeys, type KeyKind } from "./data/pairs.ts";
import { readResults } from "./data/output.ts";

interface Entry {
  readonly kind: KeyKind;
  readonly key: string;
  readonly result: string;
}

/** Opened results: iterate, or take them as a `Map`. */
export class Output<K, O> implements AsyncIterable<[K, O]> {
  readonly #entries: readonly Entry[];

  /** @param partitions - opened result streams, each sorted by key; they share no key */
  static fromPartitions<K, O>(partitions: readonly Uint8Array[]): Output<K, O> {
    const entries: Entry[] = [];
    for (const partition of partitions) {
      readResults(partition, (kind, key, result) => entries.push({ kind, key, result }));
    }
    entries.sort((a, b) => compareKeys(a.kind, a.key, b.kind, b.key));
    return new Output(entries);
  }

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#entries.length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<[K, O]> {
    yield* this;
  }

  *[Symbol.iterator](): Generator<[K, O]> {
    for (const { kind, key, result } of this.#entries) {
      yield [(kind === 0 ? key : JSON.parse(key)) as K, JSON.parse(result) as O];
    }
  }

  /** @returns all pairs. Array keys are found by identity, as in any `Map`. */
  toMap(): Map<K, O> {
    return new Map(this);
  }
}
