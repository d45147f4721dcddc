/** A result as its receiver reads it: pairs in key order, the same whatever the number of partitions was. */

import { compareKeys } from "./data/pairs.ts";
import type { Key } from "./program/index.ts";
import { type KeyedResult, readResults } from "./data/output.ts";

/** Opened results: iterate, or take them as a `Map`. */
export class Output<O> implements AsyncIterable<[Key, O]> {
  readonly #entries: readonly KeyedResult[];

  /** @param partitions - opened result streams, each sorted by key; they share no key */
  static fromPartitions<O>(partitions: readonly Uint8Array[]): Output<O> {
    let lists = partitions.map((partition) => inOrder(Array.from(readResults(partition))));
    while (lists.length > 1) {
      const pairs = lists.filter((_, index) => index % 2 === 0);
      lists = pairs.map((list, index) => merged(list, lists[2 * index + 1] ?? []));
    }
    return new Output(lists[0] ?? []);
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

/** A partition is in order already, if its reducer is honest. */
function inOrder(entries: KeyedResult[]): readonly KeyedResult[] {
  const isSorted = entries.every((entry, at) => at === 0 || compare(entries[at - 1] as KeyedResult, entry) <= 0);
  return isSorted ? entries : entries.sort(compare);
}

/** @returns both in one order */
function merged(a: readonly KeyedResult[], b: readonly KeyedResult[]): readonly KeyedResult[] {
  if (b.length === 0) return a;
  const all: KeyedResult[] = [];
  let at = 0;
  for (const entry of a) {
    while (at < b.length && compare(b[at] as KeyedResult, entry) < 0) all.push(b[at++] as KeyedResult);
    all.push(entry);
  }
  for (; at < b.length; at++) all.push(b[at] as KeyedResult);
  return all;
}

function compare(a: KeyedResult, b: KeyedResult): number {
  return compareKeys(a.kind, a.key, b.kind, b.key);
}
