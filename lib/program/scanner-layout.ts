/** What lies where in a scanner's memory, in bytes: the same in `assembly/scanner.ts`. */

/** Integers of 32 bits: how many keys were missed, how many tallies there are, and whether text must be looked at. */
export const head = { missed: 0, tallies: 1, needsText: 2 } as const;
/** Two for each key that is to be looked up: where it begins and ends in the chunk. */
export const placesAt = 0x1_0000;
/** The number of each of them, or -1. */
export const cellsAt = 0x1_2000;
/** Two for each key that was missed in a part: likewise. */
export const missesAt = 0x1_4000;
/** Two for each tally. */
export const talliesAt = 0x2_0000;
/** The chunk, and nothing after it. */
export const chunkAt = 0x52_0000;

/** The most keys that are looked up by their places. */
export const mostPlaces = 1024;
/** The most keys that are missed in one call. */
export const mostMisses = 1024;
/** The most tallies: one for each key that the module knows. */
export const mostTallies = 131_072;
