/**
 * What WebAssembly gains: the word count of the examples in AssemblyScript and in C, against the same in TypeScript,
 * which works on strings. In the realm alone, and in the whole pipeline with sealing, attestation and receipt.
 */

import { fileURLToPath } from "node:url";

import { textCorpus } from "../data.ts";
import { nodeRunner } from "../runs.ts";
import type { ConfinementOptions } from "./confinement.ts";
import { builtProgram, bundleRunner, each, expectSameAnswers, ratio, runOn } from "./measure.ts";
import type { RunnerTask } from "./runner.ts";

const taskBytes = 24 * 2 ** 20;
const pipelineBytes = Number(process.env["BENCH_TEXT_MB"] ?? 200) * 1e6;
const contenders: readonly (readonly [name: string, file: string])[] = [
  ["TypeScript", path("../programs/string-words.ts")],
  ["AssemblyScript", path("../../examples/3-webassembly/word-count.wasm")],
  ["C", path("../../examples/3-webassembly/word-count-c.wasm")],
];

export interface WebassemblyOptions extends ConfinementOptions {
  /** The contenders' bundle. */
  readonly contender: string;
}

/** Prints the figures, and gives them back. */
export async function webassembly(options: WebassemblyOptions): Promise<unknown> {
  say("word count, WebAssembly ÷ TypeScript, throughput by CPU time; goal: 2.00");
  return { realm: await inRealm(options), pipeline: await inPipeline(options) };
}

async function inRealm({ node, pairs }: ConfinementOptions): Promise<unknown> {
  const data = await textCorpus(taskBytes);
  const tasks: RunnerTask[] = [];
  for (const [name, file] of contenders) {
    const thread = { program: await builtProgram(file), format: "lines", data, hardened: true } as const;
    tasks.push({ name, thread, contender: "fresh" });
  }
  const answer = await runOn(node, await bundleRunner(), { tasks, rounds: pairs });
  return compare(
    "in its realm",
    Object.fromEntries(tasks.map(({ name }) => [name, each(answer[name], ({ cpuMs }) => cpuMs)])),
    () =>
      expectSameAnswers(
        "words",
        answer,
        tasks.map(({ name }) => name),
      ),
  );
}

async function inPipeline({ node, contender, pairs }: WebassemblyOptions): Promise<unknown> {
  const file = await textCorpus(pipelineBytes);
  const cpu: Record<string, number[]> = {};
  const answers = new Set<string>();
  for (let round = 0; round <= pairs; round++) {
    for (const [name, program] of contenders) {
      const task = {
        contender: "sealfold",
        question: "letters",
        program,
        worker: "",
        file,
        threads: 2,
        peers: "",
      } as const;
      const measure = await nodeRunner(node, contender, task)();
      answers.add(measure.answer);
      if (round > 0) (cpu[name] ??= []).push(measure.cpu * 1000);
    }
  }
  return compare("in a whole job", cpu, () => {
    if (answers.size !== 1) throw new Error("words: the contenders' answers differ");
  });
}

function compare(where: string, cpu: Readonly<Record<string, readonly number[]>>, check: () => void): unknown {
  check();
  const base = cpu["TypeScript"] ?? [];
  const gains = contenders.slice(1).map(([name]) => [name, ratio(base, cpu[name] ?? [])] as const);
  for (const [name, gain] of gains) say(`${where.padEnd(16)} ${name.padEnd(16)} ${gain.text}`);
  return Object.fromEntries(gains);
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

function say(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
