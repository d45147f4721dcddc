import { type Program, program, sum } from "sealfold/program";

// What goes wrong is chosen by the record, so that one program serves all tests.
const misbehaving: Program<string, number> = program(import.meta.url, {
  map(line: string, emit) {
    const emitAny = emit as (key: unknown, value: unknown) => void;
    if (line === "throw") throw new Error("secret text of the program");
    if (line === "loop") for (;;);
    if (line === "function") emitAny("key", () => 1);
    else if (line === "symbol") emitAny("key", Symbol("s"));
    else if (line === "nan key") emitAny(Number.NaN, 1);
    else if (line === "huge key") emitAny("k".repeat(70_000), 1);
    else emit(line, 1);
  },
  reduce: sum,
});
export default misbehaving;
