/** Words of letters, lower-cased, of records that are views of bytes. */

import { program, sum, words } from "sealfold/program";

export default program(import.meta.url, {
  records: "text",
  map(line, emit) {
    emit.each(words(line), 1);
  },
  reduce: sum,
});
