import { program, sum } from "sealfold/program";

export default program(import.meta.url, {
  records: "text",
  map(line, emit) {
    emit(line, 1);
    throw new Error(`cannot stand ${String(line)}`);
  },
  reduce: sum,
});
