/** The machine's random source. */

import { randomFillSync } from "node:crypto";

import type { RandomSource } from "./bytes.ts";

/** @returns `length` random bytes from the operating system. */
export const systemRandom: RandomSource = (length) => randomFillSync(new Uint8Array(length));
