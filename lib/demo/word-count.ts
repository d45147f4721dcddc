/** The program of the demonstration: counts words. A sandbox runs its bundle, of which the policy names the digest. */

import { type Program, program, sum } from "../program/index.ts";

const wordCount: Program<string, number> = program(import.meta.url, {
  map(line: string, emit) {
    for (const word of line.toLowerCase().match(/\p{L}+/gu) ?? []) emit(word, 1);
  },
  reduce: sum,
});

export default wordCount;
