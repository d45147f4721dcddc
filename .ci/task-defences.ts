/** The defences of a task whose chunks come in several messages. */

import type { RowBy } from "./row.ts";

const mapper = "lib/sandbox/roles/mapper.ts";
const tests = "test/claims/chunks.test.ts";

export const taskRows: readonly RowBy[] = [
  ["no chunk of a task is left out at its end", mapper, ": last !== task.chunks.length", ": false", tests],
  ["a task ends with its last chunk", mapper, "more ? last >= task.chunks.length", "more ? false", tests],
  [
    "a chunk is the one that its owner committed to",
    mapper,
    "if (!equalBytes(chunkLeaf(name, sealed), leaf)) {",
    "if (false) {",
    tests,
  ],
];
