/** The built-in word count. */

import type { BuiltProgram } from "../program/bundle.ts";
import { programOf } from "./template.ts";

/** Kinds of words, in the order of their numbers in `assembly/word-count.ts`. */
export const wordKinds = ["letters", "ascii", "spaced"] as const;

/**
 * What a word is: `letters`, what `line.toLowerCase().match(/\p{L}+/gu)` finds, with the letters of Unicode 17.0;
 * `ascii`, a run of A to Z and a to z, in lower case, which any other byte ends, so that `naïve` is `na` and `ve`;
 * `spaced`, a run of anything but ASCII white space, as it is.
 */
export type WordKind = (typeof wordKinds)[number];

/** Options of {@link wordCount}. */
export interface WordCountOptions {
  /** Default: "letters". */
  readonly words?: WordKind | undefined;
}

/**
 * How often each word is in the lines.
 * @throws {TypeError} when there is no such kind of words
 */
export function wordCount({ words = "letters" }: WordCountOptions = {}): BuiltProgram<number> {
  const kind = wordKinds.indexOf(words);
  if (kind === -1) throw new TypeError(`"words" expected ${wordKinds.join(", ")}, got ${words}`);
  return programOf("word-count", Uint8Array.of(kind));
}
