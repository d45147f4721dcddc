// Keeps how many records it has seen, which it should not.
import { max, program } from "sealfold/program";

let seen = 0;

export default program(import.meta.url, {
  needs: ["counters"],
  map(_: string, emit, tools) {
    tools.counters.add("records");
    emit("seen", ++seen);
  },
  reduce: max,
});
