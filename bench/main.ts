/**
 * `npm run bench [-- NAME…]`: interleaved pairs, protected and bare, each run a process of its own. Prints median
 * ratios with their spread, and refuses to compare contenders whose answers differ.
 */

import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { stationRows, textCorpus, tinyText } from "./data.ts";

const run = promisify(execFile);
const megabytes = Number(process.env["BENCH_TEXT_MB"] ?? 200);
const rows = Number(process.env["BENCH_ROWS"] ?? 10_000_000);
const pairs = Number(process.env["BENCH_PAIRS"] ?? 5);

interface Measure {
  readonly cpu: number;
  readonly wall: number;
  readonly peakMiB: number;
  readonly keys: number;
  readonly answer: string;
}

const benchmarks: Record<
  string,
  { readonly says: string; readonly program: string; readonly data: () => Promise<string> }
> = {
  "word-count": {
    says: `word count of ${megabytes} MB of text`,
    program: "word-count",
    data: () => textCorpus(megabytes * 1e6),
  },
  averaging: {
    says: `mean of ${rows.toLocaleString("en")} rows per station`,
    program: "averaging",
    data: () => stationRows(rows),
  },
  "start-up": { says: "word count of 1 KB", program: "word-count", data: tinyText },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  process.stderr.write(`bench: no ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}\n`);
  process.exit(2);
}
process.stdout.write(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${pairs} interleaved pairs\n`,
);
const results: Record<string, unknown> = {};
for (const name of asked.length > 0 ? asked : Object.keys(benchmarks)) results[name] = await compare(name);
const folder = fileURLToPath(new URL("./results/", import.meta.url));
await mkdir(folder, { recursive: true });
await writeFile(`${folder}latest.json`, `${JSON.stringify({ node: process.version, pairs, results }, null, 2)}\n`);

async function compare(name: string): Promise<unknown> {
  const { says, program, data } = benchmarks[name] as (typeof benchmarks)[string];
  const file = await data();
  const measured: { sealfold: Measure; bare: Measure }[] = [];
  for (let pair = 0; pair < pairs + 1; pair++) {
    const sealfold = await measure("sealfold", program, file);
    const bare = await measure("bare", program, file);
    if (sealfold.answer !== bare.answer) throw new Error(`${name}: the contenders' answers differ`);
    if (pair > 0) measured.push({ sealfold, bare }); // the first pair warms the file cache
  }
  const line = (what: string, of: (measure: Measure) => number): string => {
    const ratios = measured.map(({ sealfold, bare }) => of(sealfold) / of(bare)).sort((a, b) => a - b);
    return `  ${what.padEnd(8)} protected ÷ bare ${median(ratios).toFixed(2)}  (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`;
  };
  const absolute = (of: (pair: { sealfold: Measure; bare: Measure }) => number): string =>
    median(measured.map(of)).toFixed(2);
  process.stdout.write(
    `${name}: ${says}, ${measured[0]?.sealfold.keys} keys\n${line("CPU", (m) => m.cpu)}\n${line("wall", (m) => m.wall)}\n` +
      `${line("memory", (m) => m.peakMiB)}\n  protected: ${absolute((p) => p.sealfold.cpu)} s CPU, ${absolute((p) => p.sealfold.wall)} s wall` +
      `   bare: ${absolute((p) => p.bare.cpu)} s CPU, ${absolute((p) => p.bare.wall)} s wall\n`,
  );
  return measured;
}

async function measure(contender: string, program: string, file: string): Promise<Measure> {
  const script = fileURLToPath(new URL("./contender.ts", import.meta.url));
  const { stdout } = await run(process.execPath, ["--import", "tsx", script, contender, program, file, "2"]);
  return JSON.parse(stdout) as Measure;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
