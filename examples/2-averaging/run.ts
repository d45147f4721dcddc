// Mean daily high per city and month over four years of weather, read from the lines of a CSV file, computed under seal.
import { fileURLToPath } from "node:url";

import { describeFailure, Interrupt, lines, mapReduce, ProgressDisplay, renderAttested, renderBars } from "sealfold";

import averages from "./averages.ts";

const weather = fileURLToPath(new URL("../data/weather.csv", import.meta.resolve("vega-datasets")));
const interrupt = new Interrupt(process.stderr); // Ctrl-C
const progress = new ProgressDisplay(process.stderr);
try {
  const { output, summary } = await mapReduce(averages, lines(weather), {
    signal: interrupt.signal,
    onProgress: progress.update,
  });
  progress.close();
  console.log(`${renderAttested(summary.sandboxes)}\n`);
  const bars = [...output].map(([key, mean]) => [String(key).replace(",", " "), Number(mean.toFixed(1))] as const);
  console.log(`${renderBars(bars)}\n`);
  console.log(`Mean daily highs in °C. The receipt holds: released once, to ${summary.receivers.join(", ")}.`);
} catch (error) {
  progress.close();
  const { text, exitStatus } = describeFailure(error);
  process.stderr.write(text);
  process.exitCode = exitStatus;
} finally {
  interrupt.close();
}
