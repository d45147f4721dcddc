/** What an owner has handed in. */

import type { Commitment } from "../proof/commitment.ts";

/** A signed commitment, its leaves (32 bytes each) and how long the chunks are; they lie in the store. */
export interface Deposit {
  readonly commitment: Commitment;
  readonly leaves: Uint8Array;
  /** Bytes of each sealed chunk. */
  readonly sizes: readonly number[];
}

/** @returns bytes of the largest chunk of each input */
export function largestChunks(deposits: readonly Deposit[]): ReadonlyMap<string, number> {
  const largest = (sizes: readonly number[]): number => sizes.reduce((most, size) => Math.max(most, size), 1);
  return new Map(deposits.map(({ commitment, sizes }) => [commitment.document.input, largest(sizes)]));
}
