/** The defences of what goes from mappers to reducers, and of whom it is counted for. */

import type { RowBy } from "./row.ts";

export const shuffleRows: readonly RowBy[] = [
  [
    "keys of the first owner are his where others come",
    "lib/program/groups.ts",
    "owned < this.#firstCells; owned++",
    "owned < 0; owned++",
    "test/program/number-states.test.ts",
  ],
  [
    "keys that came later are not the first owner's",
    "lib/program/groups.ts",
    "owned < this.#firstCells; owned++",
    "owned < this.count; owned++",
    "test/program/number-states.test.ts",
  ],
  [
    "a task's cells have nothing of the task before",
    "lib/sandbox/roles/mapper.ts",
    "grant.writer.clear();",
    "",
    "test/coordinator/coordinator.test.ts",
  ],
  [
    "streams that begin anew have nothing of what was there",
    "lib/data/pairs.ts",
    "beginStream(stream);",
    "stream.setUint32(0, 0);",
    "test/data/pairs.test.ts",
  ],
];
