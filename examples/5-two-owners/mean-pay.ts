// Mean pay per job. Whose row it is the program does not know; how many owners stand behind a job the runtime counts.
import { mean, program } from "sealfold/program";

type Pay = { job: string; euros: number };

export default program(import.meta.url, {
  map(row: Pay, emit) {
    emit(row.job, row.euros);
  },
  reduce: mean,
});
