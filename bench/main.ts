/**
 * `npm run bench [-- NAME… --node PATH]`: interleaved pairs, protected and bare, each run a process of its own; what the
 * wall around programs costs (`confinement`, `webassembly`), on the Node at PATH or on this one; what a mapper that
 * fails or is slow costs (`failure`); and whether memory grows with the input (`memory`). Prints median ratios with their
 * spread, and refuses to compare contenders whose answers differ.
 */

import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

import { confinement } from "./confinement/confinement.ts";
import { webassembly } from "./confinement/webassembly.ts";
import { stationRows, textCorpus, tinyText } from "./data.ts";
import { failure } from "./failure/failure.ts";
import { memory } from "./memory.ts";

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

/** Those that measure otherwise. */
const others: Readonly<Record<string, (options: { node: string; pairs: number }) => Promise<unknown>>> = {
  confinement,
  webassembly,
  failure: () => failure({ megabytes, rounds: pairs }),
  memory,
};

const { values: options, positionals: asked } = parseArgs({
  options: { node: { type: "string", default: process.execPath } },
  allowPositionals: true,
});
const all = [...Object.keys(benchmarks), ...Object.keys(others)];
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`bench: no ${unknown.join(", ")}; there are ${all.join(", ")}\n`);
  process.exit(2);
}
const { node } = options;
const version = (await run(node, ["--version"])).stdout.trim();
process.stdout.write(`Node ${version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${pairs} interleaved pairs\n`);
const results: Record<string, unknown> = {};
for (const name of asked.length > 0 ? asked : all) {
  const other = others[name];
  if (other !== undefined) process.stdout.write(`${name}:\n`);
  results[name] = other === undefined ? await compare(name) : await other({ node, pairs });
}
const folder = fileURLToPath(new URL("./results/", import.meta.url));
await mkdir(folder, { recursive: true });
await writeFile(`${folder}latest.json`, `${JSON.stringify({ node: version, pairs, results }, null, 2)}\n`);

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
