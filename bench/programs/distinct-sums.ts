/** Sums of rows "key;value" with many keys: most of the work is to bring together what belongs together. */

import { program, sum } from "sealfold/program";

export default program(import.meta.url, {
  records: "text",
  map(row, emit) {
    const [user, value] = row.cut(";");
    emit(user, value.number());
  },
  reduce: sum,
});
