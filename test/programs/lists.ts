import { type Program, program } from "sealfold/program";

const lists: Program<string, number[]> = program(import.meta.url, {
  *map(line: string) {
    yield [line.length % 3, line.length] as const;
  },
  reduce: (_key, values: readonly number[]) => [...values],
});
export default lists;
