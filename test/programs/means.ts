import { mean, type Program, program } from "sealfold/program";

const means: Program<{ group: string; value: number }, number> = program(import.meta.url, {
  map(record: { group: string; value: number }, emit) {
    emit(record.group, record.value);
  },
  reduce: mean,
});
export default means;
