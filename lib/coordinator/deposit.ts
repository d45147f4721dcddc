/** What an owner has handed in. */

import type { Commitment } from "../proof/commitment.ts";

/** A signed commitment, its leaves (32 bytes each) and how long the chunks are; they lie in the store. */
export interface Deposit {
  readonly commitment: Commitment;
  readonly leaves: Uint8Array;
  /** Bytes of each sealed chunk. */
  readonly sizes: readonly number[];
}
