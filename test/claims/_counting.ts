// Counts what it maps and reduces, under the policy's counters.
import { program, sum } from "sealfold/program";

export default program(import.meta.url, {
  needs: ["counters"],
  map(line: string, emit, tools) {
    if (line === "bad") {
      tools.counters.add("records");
      throw new Error("a bad record");
    }
    tools.counters.add("records");
    tools.counters.add("weight", 123_456_789_012);
    for (const word of line.split(" ")) emit(word, 1);
  },
  reduce: { ...sum, finish: (state, tools) => (tools.counters.add("words"), sum.finish(state)) },
});
