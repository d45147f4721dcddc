/**
 * What the wall costs: the throughput of a confined program, as a share of that of the same function in the same thread
 * without its wall; what a fresh realm, a kept one and a fresh vault cost; and how soon a stuck sandbox is gone.
 */

import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { stationRows, textCorpus } from "../data.ts";
import { type Ending, measureEndings } from "./endings.ts";
import { builtProgram, bundleRunner, each, expectSameAnswers, ratio, runOn } from "./measure.ts";
import { median } from "../statistics.ts";
import type { RunnerTask } from "./runner.ts";
import type { ThreadJob } from "./thread.ts";

export interface ConfinementOptions {
  /** Path of the Node to measure. */
  readonly node: string;
  readonly pairs: number;
}

/** A task's text: as much as a mapper gets at once. */
const taskBytes = 24 * 2 ** 20;

const programs: readonly (readonly [
  name: string,
  file: string,
  format: ThreadJob["format"],
  data: () => Promise<string>,
])[] = [
  ["split/match", "string-words", "lines", () => textCorpus(taskBytes)],
  ["byte scan", "byte-scan", "bytes", () => textCorpus(taskBytes)],
  ["objects", "objects", "lines", () => textCorpus(taskBytes / 4)],
  ["numbers", "numbers", "lines", () => stationRows(1_600_000)],
];

/** Prints the figures, and gives them back. */
export async function confinement({ node, pairs }: ConfinementOptions): Promise<unknown> {
  const runner = await bundleRunner();
  const shares: Record<string, unknown> = {};
  say("confined ÷ unconfined, throughput by CPU time; goal: 0.90");
  for (const [name, file, format, data] of programs) {
    const thread: ThreadJob = {
      program: await builtProgram(program(file)),
      format,
      data: await data(),
      hardened: false,
    };
    const closed: ThreadJob = { ...thread, hardened: true };
    const tasks: readonly RunnerTask[] = [
      { name: "plain", thread, contender: "plain" },
      { name: "fresh", thread, contender: "fresh" },
      { name: "kept", thread, contender: "kept" },
      { name: "closed", thread: closed, contender: "fresh" },
    ];
    const answer = await runOn(node, runner, { tasks, rounds: pairs });
    expectSameAnswers(
      name,
      answer,
      tasks.map((task) => task.name),
    );
    const cpu = (contender: string): number[] => each(answer[contender], ({ cpuMs }) => cpuMs);
    const [fresh, kept, closedThread] = ["fresh", "kept", "closed"].map((one) => ratio(cpu("plain"), cpu(one)));
    const speed = (await stat(thread.data)).size / 1e3 / median(cpu("plain"));
    say(
      `${name.padEnd(12)} fresh realm ${fresh?.text}   kept ${kept?.text}   fresh, closed thread ${closedThread?.text}` +
        `   unconfined ${speed.toFixed(0)} MB/s`,
    );
    shares[name] = { fresh, kept, closedThread, megabytesPerSecond: speed };
  }
  return { shares, realms: await realms(node, runner), endings: await endings(node) };
}

async function realms(node: string, runner: string): Promise<unknown> {
  const data = await textCorpus(taskBytes);
  const words: ThreadJob = {
    program: await builtProgram(program("string-words")),
    format: "lines",
    data,
    hardened: true,
  };
  const pseudonyms = { ...words, program: await builtProgram(program("pseudonyms")), crypto: true };
  const tasks: readonly RunnerTask[] = [
    { name: "task", thread: words, contender: "fresh" },
    { name: "realm", thread: words, contender: "open" },
    { name: "vault", thread: pseudonyms, contender: "open" },
  ];
  const answer = await runOn(node, runner, { tasks, rounds: 15 });
  const [task = 0, realm = 0, vault = 0] = tasks.map(({ name }) => median(each(answer[name], ({ wallMs }) => wallMs)));
  say(
    `a fresh realm: ${realm.toFixed(2)} ms, ${((100 * realm) / task).toFixed(2)} % of a task of 24 MiB (${task.toFixed(0)} ms); ` +
      `with a vault: ${vault.toFixed(2)} ms`,
  );
  return { realmMs: realm, taskMs: task, withVaultMs: vault };
}

async function endings(node: string): Promise<readonly Ending[]> {
  const measured = await measureEndings(node);
  say("a stuck sandbox, from its ending to its thread's exit; goal: under 500 ms on an idle machine");
  for (const { isolation, stuck, ms } of measured) {
    say(`${`${isolation}, ${stuck}`.padEnd(28)} ${median(ms).toFixed(0)} ms (at most ${Math.max(...ms).toFixed(0)})`);
  }
  return measured;
}

function program(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));
}

function say(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
