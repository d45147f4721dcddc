/** The protected run, of the package as it is built. */

import { lines, mapReduce } from "sealfold";

import type { Entry } from "../answer.ts";
import type { Answer, Task } from "./contender.ts";

export async function answer({ program, file, threads, isolation = "thread" }: Task): Promise<Answer> {
  const options = { mappers: threads, isolation };
  const { output } = await mapReduce<unknown, number>(program, lines(file), options);
  return { [Symbol.iterator]: () => entriesOf(output) };
}

function* entriesOf(output: Iterable<readonly [unknown, number]>): Generator<Entry> {
  for (const [key, value] of output) yield [String(key), value];
}
