import { fields, program, sum } from "sealfold/program";

/** Counts words of records that are views of the chunk's own bytes. */
export default program(import.meta.url, {
  records: "text",
  map(line, emit) {
    for (const word of fields(line)) emit(word, 1);
  },
  reduce: sum,
});
