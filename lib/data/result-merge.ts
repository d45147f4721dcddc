/** Results of several partitions, each in the order of its keys, as one sequence in that order. */

import { ResultCursor } from "./result-cursor.ts";

export class ResultMerge {
  /** A heap of the partitions that have more: each comes before those at twice its place, and one more. */
  readonly #heap: ResultCursor[] = [];
  #isBegun = false;

  /**
   * @param streams - each in the order of its keys; they share no key
   * @throws {SealfoldError} OUTPUT_ALTERED
   */
  constructor(streams: readonly Uint8Array[]) {
    for (const stream of streams) {
      const cursor = new ResultCursor(stream);
      if (cursor.next()) this.#heap.push(cursor);
    }
    for (let place = this.#heap.length >> 1; place >= 0; place--) this.#sink(place);
  }

  /**
   * @returns where the next result is, until the next call; undefined where there is none
   * @throws {SealfoldError} OUTPUT_ALTERED
   */
  next(): ResultCursor | undefined {
    const heap = this.#heap;
    if (this.#isBegun && heap.length > 0) {
      if (heap[0]!.next()) this.#sink(0);
      else {
        const last = heap.pop()!;
        if (heap.length > 0) heap[0] = last;
        this.#sink(0);
      }
    }
    this.#isBegun = true;
    return heap[0];
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const sinking = heap[from];
    if (sinking === undefined) return;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.compare(heap[child]!) < 0) child++;
      if (sinking.compare(heap[child]!) <= 0) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = sinking;
  }
}
