import { program, sum } from "sealfold/program";

/** Counts words, and throws on one of them. */
export default program(import.meta.url, {
  map(line: string, emit) {
    if (line.includes("poison")) throw new Error("poisoned");
    for (const word of line.split(" ")) emit(word, 1);
  },
  reduce: sum,
});
