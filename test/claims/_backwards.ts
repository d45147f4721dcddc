import { type Emit, program } from "sealfold/program";

/** Emits each record whole under its second word, and gives that word backwards: a result that is in no record. */
export default program(import.meta.url, {
  map(line: string, emit: Emit<string>) {
    emit(line.split(" ")[1] ?? "", line);
  },
  reduce: (key, values: readonly string[]) => `${[...String(key)].reverse().join("")} ${values.length}`,
});
