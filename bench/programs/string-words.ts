import { program, sum } from "sealfold/program";

export default program(import.meta.url, {
  map(line: string, emit) {
    for (const word of line.toLowerCase().match(/\p{L}+/gu) ?? []) emit(word, 1);
  },
  reduce: sum,
});
