/** Words that white space ends, of records that are views of bytes. */

import { fields, program, sum } from "sealfold/program";

export default program(import.meta.url, {
  records: "text",
  map(line, emit) {
    emit.each(fields(line), 1);
  },
  reduce: sum,
});
