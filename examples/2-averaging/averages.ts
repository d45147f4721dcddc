// Mean daily high per city and month. A mean of means would be wrong; `mean` carries exact sums and counts.
import { mean, program } from "sealfold/program";

export default program(import.meta.url, {
  records: "text",
  map(line, emit) {
    if (line.startsWith("location,")) return; // the heading
    const month = line.part(1, ",").slice(5, 7);
    emit([line.part(0, ","), month.number()], line.part(3, ",").number());
  },
  reduce: mean,
});
