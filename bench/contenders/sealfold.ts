/** The protected run, of the package as it is built. */

import { builtin, lines, mapReduce } from "sealfold";

import type { Entry } from "../answer.ts";
import type { Answer, Task } from "./contender.ts";

/** Programs that come with sealfold, as benchmarks call them. */
const builtins = {
  "builtin:ascii-words": () => builtin.wordCount({ words: "ascii" }),
  "builtin:spaced-words": () => builtin.wordCount({ words: "spaced" }),
  "builtin:means": () => builtin.groupBy({ key: 1, value: 2, delimiter: ";", aggregate: "mean" }),
} as const;

export type Builtin = keyof typeof builtins;

export async function answer({ program, file, threads, isolation = "thread" }: Task): Promise<Answer> {
  const options = { mappers: threads, isolation };
  const chosen = program in builtins ? builtins[program as Builtin]() : program;
  const { output } = await mapReduce<unknown, number>(chosen, lines(file), options);
  return { [Symbol.iterator]: () => entriesOf(output) };
}

function* entriesOf(output: Iterable<readonly [unknown, number]>): Generator<Entry> {
  for (const [key, value] of output) yield [String(key), value];
}
