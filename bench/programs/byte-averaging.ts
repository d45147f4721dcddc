/** Means of rows "key;value" that are views of bytes. */

import { mean, program } from "sealfold/program";

export default program(import.meta.url, {
  records: "text",
  map(row, emit) {
    const [station, value] = row.cut(";");
    emit(station, value.number());
  },
  reduce: mean,
});
