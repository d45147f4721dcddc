// word-count.ts: the program. Its bytes are what the policy pins and what the sandboxes run.
import { program, sum, words } from "sealfold/program";

export default program(import.meta.url, {
  records: "text",
  map(line, emit) {
    emit.each(words(line), 1);
  },
  reduce: sum,
});
