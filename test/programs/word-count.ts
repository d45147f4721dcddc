import { program, sum, type Program } from "sealfold/program";

const wordCount: Program<string, number> = program(import.meta.url, {
  map(line: string, emit) {
    for (const word of line.split(" ")) emit(word, 1);
  },
  reduce: sum,
});
export default wordCount;
