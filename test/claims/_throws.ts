import { program, sum } from "sealfold/program";

export default program(import.meta.url, {
  map(line: string, emit) {
    if (line.length > 40) throw new Error(`cannot stand ${line}`);
    emit(line, 1);
    throw new Error(`nor ${line}`);
  },
  reduce: sum,
});
