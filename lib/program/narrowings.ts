/** What a program asked to narrow the policy by: data, which others hold against the policy. */

import { isArray, join, list, table } from "./_intrinsics.ts";
import { dataText, isLonger } from "./data-text.ts";
import { status, type Verdict } from "./verdict.ts";

/** The longest of one narrowing, in bytes of JSON. */
export const maxNarrowing = 65_536;
/** How many different ones a realm keeps. */
export const maxNarrowings = 256;

/** Keeps each different narrowing once. A program that cannot be heard fails: a release must not be wider than it asked. */
export class Narrowings {
  readonly #texts = list<string>();
  readonly #known = table<string, true>();
  readonly #verdict: Verdict;

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  /** JSON text: an array of all. */
  get text(): string {
    return `[${join(this.#texts, ",")}]`;
  }

  /** @throws {TypeError} through the verdict when it is no object of data, too long, or one too many */
  add(narrowing: unknown): void {
    if (typeof narrowing !== "object" || narrowing === null || isArray(narrowing)) {
      this.#verdict.refuse(status.value, "a narrowing is an object");
    }
    const text = dataText(narrowing, this.#verdict);
    if (isLonger(text, maxNarrowing))
      this.#verdict.refuse(status.valueSize, `a narrowing has over ${maxNarrowing} bytes`);
    if (this.#known.get(text) === true) return;
    if (this.#texts.length === maxNarrowings) {
      this.#verdict.refuse(status.output, `there are more than ${maxNarrowings} different narrowings`);
    }
    this.#known.set(text, true);
    this.#texts[this.#texts.length] = text;
  }
}
