import { mean, program } from "sealfold/program";

export default program(import.meta.url, {
  map(row: string, emit) {
    const [station = "", value] = row.split(";");
    emit(station, Number(value));
  },
  reduce: mean,
});
