/** Never has enough memory. */
import { program, sum } from "sealfold/program";

export default program(import.meta.url, {
  map(line: string, emit) {
    const kept: number[][] = [];
    for (let i = 0; ; i++) {
      kept.push(Array.from({ length: 1000 }, (_, at) => i + at + 0.5));
      if (kept.length < 0) emit(line, kept.length);
    }
  },
  reduce: sum,
});
