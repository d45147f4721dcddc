/** One benchmark of the catalogue: builds its contenders, runs them interleaved, and makes the rows of its table. */

import { buildFloor, buildProgramFile, buildWorker, programSource } from "./build.ts";
import type { Benchmark, Comparison, Contender } from "./catalogue.ts";
import type { NodeContender, Question, Task } from "./contenders/contender.ts";
import { findPeers, type Peer, peersFolder } from "./peers.ts";
import type { Measure, Row } from "./results.ts";
import { commandRunner, interleave, nodeRunner, type Runner } from "./runs.ts";
import { judge, ratioOf } from "./statistics.ts";

/** What all benchmarks are run with. */
export interface RunOptions {
  /** Path of the Node that contenders run on. */
  readonly node: string;
  /** The contenders' bundle. */
  readonly contender: string;
  readonly rounds: number;
}

/** What a benchmark found, before it is known where. */
export interface Outcome {
  readonly says: string;
  readonly rows: readonly Row[];
  readonly runs: Readonly<Record<string, readonly Measure[]>>;
  readonly absent: Readonly<Record<string, string>>;
}

/** Awk programs by question. */
const awk: Readonly<Partial<Record<Question, readonly string[]>>> = {
  fields: ['{ for (i = 1; i <= NF; i++) n[$i]++ } END { for (w in n) printf "%s\\t%d\\n", w, n[w] }'],
  means: ["-F;", '{ s[$1] += $2; n[$1]++ } END { for (k in n) printf "%s\\t%.17g\\n", k, s[k] / n[k] }'],
};

/** Runs it. @throws {Error} when the contenders' answers differ */
export async function compare(benchmark: Benchmark, options: RunOptions): Promise<Outcome> {
  const file = await benchmark.data();
  const runners: Partial<Record<Contender, Runner>> = {};
  const absent: Record<string, string> = {};
  for (const contender of benchmark.contenders) {
    const runner = await runnerOf(contender, { ...options, benchmark, file });
    if (typeof runner === "string") absent[contender] = runner;
    else runners[contender] = runner;
  }
  const runs = await interleave(runners as Record<Contender, Runner>, options.rounds);
  const rows = benchmark.comparisons.flatMap((comparison) => rowOf(comparison, runs));
  return { says: benchmark.says, rows, runs, absent };
}

interface Setting extends RunOptions {
  readonly benchmark: Benchmark;
  readonly file: string;
}

/** @returns what starts it, or why it is not there */
async function runnerOf(contender: Contender, setting: Setting): Promise<Runner | string> {
  const { question } = setting.benchmark;
  switch (contender) {
    case "c":
      return floor(question, setting.file);
    case "mawk":
    case "gawk":
      return (await missing(contender)) ?? awkRunner(contender, awk[question] ?? [], setting.file);
    case "duckdb":
    case "chdb":
      return (await missing(contender)) ?? inNode(contender, setting);
    case "sealfold-ts":
      return inNode("sealfold", setting, true);
    case "bare":
      return inNode(setting.benchmark.bare === "engine" ? "bare-engine" : "bare", setting);
    default:
      return inNode(contender, setting);
  }
}

/** @returns why a peer is not there */
async function missing(peer: Peer): Promise<string | undefined> {
  if ((await findPeers())[peer] !== undefined) return undefined;
  return "not installed (npm run bench -- --peers)";
}

async function inNode(contender: NodeContender, setting: Setting, isSource = false): Promise<Runner> {
  const { benchmark, file, node } = setting;
  const task: Task = {
    contender,
    question: benchmark.question,
    program: contender === "sealfold" ? await programOf(benchmark, isSource) : "",
    worker: await workerOf(contender, benchmark),
    file,
    threads: 2,
    peers: peersFolder,
  };
  return nodeRunner(node, setting.contender, task);
}

async function programOf({ program }: Benchmark, isSource: boolean): Promise<string> {
  if (program.startsWith("builtin:")) return program;
  return isSource ? programSource(program) : buildProgramFile(program);
}

async function workerOf(contender: NodeContender, { bare, byHand, program }: Benchmark): Promise<string> {
  if (contender === "bare-bytes") return byHand === undefined ? "" : buildWorker(byHand);
  return contender.startsWith("bare") && bare !== undefined ? buildWorker(bare, program) : "";
}

async function floor(question: Question, file: string): Promise<Runner | string> {
  const built = await buildFloor(question === "means" ? "means" : "words");
  return "why" in built
    ? built.why
    : commandRunner(built.path, [file, "2", ...(question === "means" ? [] : [question])]);
}

async function awkRunner(command: string, program: readonly string[], file: string): Promise<Runner | string> {
  const built = await buildFloor("timed");
  return "why" in built ? built.why : commandRunner(built.path, [command, ...program, file]);
}

const measures = { cpu: "CPU", wall: "wall", peakMiB: "peak memory" } as const;

/** @returns no row where one of both was not there */
function rowOf({ of = "sealfold", to, what, ...goal }: Comparison, runs: Record<Contender, Measure[]>): readonly Row[] {
  const [upper, lower] = [runs[of], runs[to]];
  if (upper === undefined || lower === undefined) return [];
  const figures = (all: readonly Measure[]): number[] => all.map((measure) => measure[what]);
  const ratio = ratioOf(figures(upper), figures(lower));
  const row = { says: `${of} ÷ ${to}, ${measures[what]}`, ratio, ...goal };
  return [goal.goal === undefined ? row : { ...row, verdict: judge(ratio.median, { ...goal, goal: goal.goal }) }];
}
