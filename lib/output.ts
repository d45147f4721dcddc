/** A result as its receiver reads it: pairs in key order, the same whatever the number of partitions was. */

import { compareKeys } from "./data/keys.ts";
import { readResults, ResultWriter } from "./data/output.ts";
import { ResultCursor } from "./data/result-cursor.ts";
import { ResultMerge } from "./data/result-merge.ts";
import type { Key } from "./program/index.ts";

/** Opened results: iterate, or take them as a `Map`. They stay bytes until they are asked for. */
export class Output<O> implements AsyncIterable<[Key, O]> {
  /** How many keys there are. */
  readonly size: number;
  /** Each in the order of its keys. */
  readonly #streams: readonly Uint8Array[];

  /**
   * @param partitions - opened result streams, which must not change any more; they share no key
   * @throws {SealfoldError} OUTPUT_ALTERED when one of them is malformed
   */
  static fromPartitions<O>(partitions: readonly Uint8Array[]): Output<O> {
    let size = 0;
    const streams = partitions.map((stream) => {
      const { count, isInOrder } = look(stream);
      size += count;
      return isInOrder ? stream : putInOrder(stream);
    });
    return new Output(streams, size);
  }

  private constructor(streams: readonly Uint8Array[], size: number) {
    this.#streams = streams;
    this.size = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<[Key, O]> {
    yield* this[Symbol.iterator]();
  }

  *[Symbol.iterator](): Generator<[Key, O]> {
    const merge = new ResultMerge(this.#streams);
    for (let cursor = merge.next(); cursor !== undefined; cursor = merge.next()) {
      const key = cursor.key();
      yield [(cursor.kind === 0 ? key : JSON.parse(key)) as Key, cursor.value() as O];
    }
  }

  /** @returns all pairs. Array keys are found by identity, as in any `Map`. */
  toMap(): Map<Key, O> {
    return new Map(this);
  }
}

/** Reads all of a stream: nothing that is malformed is handed out later. */
function look(stream: Uint8Array): { readonly count: number; readonly isInOrder: boolean } {
  const before = new ResultCursor(stream);
  const cursor = new ResultCursor(stream);
  let isInOrder = true;
  for (let at = 0; cursor.next(); at++) {
    if (at === 0 || !isInOrder) continue;
    before.next();
    isInOrder = before.compare(cursor) < 0;
  }
  return { count: cursor.count, isInOrder };
}

/** For who has streams that no reducer of today wrote. */
function putInOrder(stream: Uint8Array): Uint8Array {
  const writer = new ResultWriter();
  const results = [...readResults(stream)].sort((a, b) => compareKeys(a.kind, a.key, b.kind, b.key));
  for (const { kind, key, result } of results) writer.add(kind, key, result);
  return writer.finish();
}
