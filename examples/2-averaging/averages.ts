// Mean daily high per city and month. A mean of means would be wrong; `mean` carries exact sums and counts.
import { mean, program } from "sealfold/program";

type Day = { location: string; date: string; temp_max: string };

export default program(import.meta.url, {
  map(day: Day, emit) {
    emit([day.location, Number(day.date.slice(5, 7))], Number(day.temp_max));
  },
  reduce: mean,
});
