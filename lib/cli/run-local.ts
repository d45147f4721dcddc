/** `sealfold run --local`: nothing sealed, nothing attested, all in this process, for who looks for a mistake. */

import type { RecordFormat } from "../data/format.ts";
import type { Input } from "../data/input.ts";
import type { BuiltProgram } from "../program/bundle.ts";
import type { UsedTools } from "../program/local.ts";
import { textRecords } from "../program/program.ts";
import { expectTextFormat } from "../program/text-format.ts";
import { systemSeconds } from "../sandbox/clock.ts";
import type { ToolsGrant } from "../sandbox/realm/program-realm.ts";
import type { CommandIo } from "./command-io.ts";
import { describeFailure } from "./failure.ts";
import { formatOf, inputOf } from "./input-format.ts";
import { namedProgram } from "./named-program.ts";
import type { RunRequest } from "./run-request.ts";
import { printableLines } from "./screen-text.ts";
import { type ResultPair, writeCounts, writeResults } from "./write-results.ts";

/** What came of it. */
interface LocalRun {
  readonly pairs: readonly ResultPair[];
  /** In the order of the grant's counters. */
  readonly counts: readonly number[];
}

interface LocalWork {
  readonly built: BuiltProgram;
  readonly input: Input<unknown>;
  readonly format: RecordFormat;
  readonly tools: ToolsGrant;
}

/** @returns the exit status. @throws {SealfoldError} what `buildProgram` throws; DATA_* */
export async function runHere({ program: name, files, flags }: RunRequest, io: CommandIo): Promise<number> {
  const { program, keys } = await namedProgram(name, flags, files);
  const input = inputOf(files, formatOf(files, flags.format, program));
  const { buildProgram } = await import("../program/bundle.ts");
  const { localTools } = await import("./local-tools.ts");
  const built = await buildProgram(program);
  const format = typeof input.format === "function" ? await input.format() : input.format;
  const { counter: counters = [] } = flags;
  const tools = localTools(built, { format, counters, keys, now: systemSeconds() });
  const work = { built, input, format, tools };
  if (flags.quiet !== true) io.stderr.write("local run: nothing is sealed or attested, and there is no receipt\n");
  const done = await (built.kind === "wasm" ? runModule(work, io) : runScript(work, io));
  if (typeof done === "number") return done;
  const counts = Object.fromEntries(counters.map((name, at) => [name, done.counts[at] ?? 0]));
  if (flags.quiet !== true) writeCounts(counts, io.stderr);
  await writeResults(done.pairs, io.stdout, flags.json === true);
  return 0;
}

/** What a module logs is shown as it comes, whatever is quiet. */
async function runModule({ built, input, format, tools }: LocalWork, io: CommandIo): Promise<LocalRun> {
  const { runLocalModule } = await import("./local-module.ts");
  const log = (text: string): unknown => io.stderr.write(`log: ${printableLines(text)}\n`);
  return runLocalModule(built, input.chunks(), { format, tools, log });
}

/** @returns the exit status where the program failed, which has been told with the program's own stack */
async function runScript({ built, input, format, tools }: LocalWork, io: CommandIo): Promise<LocalRun | number> {
  const { loadLocalProgram } = await import("./local-program.ts");
  const { recordsIn, runLocal } = await import("../program/local.ts");
  const local = await loadLocalProgram(built.file);
  if (local.program.definition.records === textRecords) expectTextFormat(format.kind);
  async function* records(): AsyncGenerator {
    for await (const { bytes } of input.chunks()) yield* recordsIn(bytes, format);
  }
  let counts: readonly number[] = [];
  const options = {
    tools: { ...tools, policy: JSON.parse(tools.policy) as unknown },
    onTools: (used: UsedTools) => {
      counts = tools.counters.map((name) => used.counters[name] ?? 0);
      for (const narrowing of used.narrowings)
        io.stderr.write(`would narrow the policy: ${JSON.stringify(narrowing)}\n`);
    },
  };
  try {
    const results = await runLocal(local.program, records(), options);
    return { pairs: results.map(({ key, value }): ResultPair => [key, value]), counts };
  } catch (error) {
    const programStack = local.stackOf(error instanceof Error ? error.cause : undefined);
    const failure = describeFailure(error, { debug: io.env["SEALFOLD_DEBUG"] === "1", programStack });
    io.stderr.write(failure.text);
    return failure.exitStatus;
  }
}
