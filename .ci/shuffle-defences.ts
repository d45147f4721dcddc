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
  [
    "room is made for no more pairs than a stream can have",
    "lib/data/pairs.ts",
    "Math.min(pairCount(stream), Math.floor(most / leastPair))",
    "pairCount(stream)",
    "test/data/pairs.test.ts",
  ],
  [
    "a realm that has no memory for all that is expected goes on",
    "lib/sandbox/realm/boot.ts",
    "handOver.expect(keys, bytes);\n        return true;\n      } catch {",
    "handOver.expect(keys, bytes);\n        return true;\n      } catch (thrown) {\n        throw thrown;",
    "test/sandbox/realm/expected-keys.test.ts",
  ],
  [
    "memory in which results were sealed leaves with nothing else in it",
    "lib/data/_byte-writer.ts",
    "this.#bytes.fill(0, length);",
    "",
    "test/data/output.test.ts",
  ],
  [
    "memory that came back is filled before it is sent again",
    "lib/crypto/memory.ts",
    "copy.set(bytes);",
    "",
    "test/coordinator/partition-cells.test.ts",
  ],
  [
    "a result's parts are bounded by what is there",
    "lib/data/result-cursor.ts",
    "if (length < 0 || length > this.#bytes.length - reader.at) this.#refuse();",
    "if (length < 0) this.#refuse();",
    "test/data/result-cursor.test.ts",
  ],
  [
    "a result stream has as many results as it says",
    "lib/data/result-cursor.ts",
    "return reader.at === this.#bytes.length ? false : this.#refuse();",
    "return false;",
    "test/data/output.test.ts",
  ],
  [
    "a result's texts are UTF-8",
    "lib/data/result-cursor.ts",
    "if (!this.#isAscii && !isText(this.#bytes, start, end)) this.#refuse();",
    "",
    "test/data/result-cursor.test.ts",
  ],
  [
    "a result's key has one spelling",
    "lib/data/result-cursor.ts",
    "!loneSurrogate.test(this.key())",
    "false",
    "test/data/result-cursor.test.ts",
  ],
  [
    "results that are in no order are put in order",
    "lib/output.ts",
    "return isInOrder ? stream : putInOrder(stream);",
    "return stream;",
    "test/output.test.ts",
  ],
];
