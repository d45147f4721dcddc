/** Reads JSON without throwing. */

import { parse } from "./_intrinsics.ts";

/** @returns the data that `text` stands for; undefined, which no JSON stands for, when it is malformed */
export function readJson(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // The caller says what was malformed, and where.
    return undefined;
  }
}
