/** `sealfold run`: one program over files of one person, on this machine. */

import { statSync } from "node:fs";
import { access, constants, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import type { Isolation } from "../map-reduce.ts";
import type { Limits } from "../policy/limits.ts";
import type { Receipt } from "../proof/receipt.ts";
import { renderAttested } from "./attested-table.ts";
import type { CommandIo } from "./command-io.ts";
import { describeFailure, unwritable, usageError } from "./failure.ts";
import { type FormatName, formatOf, inputOf } from "./input-format.ts";
import { Interrupt } from "./interrupt.ts";
import { ProgressDisplay } from "./progress-display.ts";
import { type ResultPair, writeResults } from "./write-results.ts";

export interface RunFlags {
  readonly format?: FormatName;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly mappers?: number;
  readonly reducers?: number;
  readonly limit?: Partial<Limits>;
  readonly isolation?: Isolation;
  readonly receipt?: string;
  readonly local?: boolean;
}

/** What was asked on the command line. */
export interface RunRequest {
  readonly program: string;
  readonly files: readonly string[];
  readonly flags: RunFlags;
}

/** @returns the exit status. @throws {SealfoldError} whatever stopped the job */
export async function run(request: RunRequest, io: CommandIo): Promise<number> {
  return request.flags.local === true ? runHere(request, io) : runSealed(request, io);
}

async function runSealed({ program, files, flags }: RunRequest, io: CommandIo): Promise<number> {
  const input = inputOf(files, formatOf(files, flags.format));
  if (flags.receipt !== undefined) await expectWritable(flags.receipt);
  const { mapReduce } = await import("../map-reduce.ts");
  const interrupt = new Interrupt(io.stderr, io.signals);
  const progress = flags.quiet === true ? undefined : new ProgressDisplay(io.stderr);
  try {
    const { output, receipt, summary } = await mapReduce(program, input, {
      mappers: flags.mappers,
      reducers: flags.reducers,
      limits: flags.limit,
      isolation: flags.isolation,
      signal: interrupt.signal,
      onProgress: progress?.update,
    });
    progress?.close();
    if (flags.receipt !== undefined) await writeReceipt(flags.receipt, receipt);
    if (flags.quiet !== true) {
      io.stderr.write(`${renderAttested(summary.sandboxes)}\n`);
      io.stderr.write(`receipt verified${flags.receipt === undefined ? "" : `, and written to ${flags.receipt}`}\n`);
    }
    await writeResults(output, io.stdout, flags.json === true);
    return 0;
  } finally {
    progress?.close();
    interrupt.close();
  }
}

/** Nothing sealed, nothing attested, all in this process: for whoever looks for a mistake in a program. */
async function runHere({ program, files, flags }: RunRequest, io: CommandIo): Promise<number> {
  const input = inputOf(files, formatOf(files, flags.format));
  const { loadLocalProgram } = await import("./local-program.ts");
  const { recordsIn, runLocal } = await import("../program/local.ts");
  const local = await loadLocalProgram(program);
  const format = typeof input.format === "function" ? await input.format() : input.format;
  async function* records(): AsyncGenerator {
    for await (const { bytes } of input.chunks()) yield* recordsIn(bytes, format);
  }
  if (flags.quiet !== true) io.stderr.write("local run: nothing is sealed or attested, and there is no receipt\n");
  try {
    const results = await runLocal(local.program, records());
    const pairs = results.map(({ key, value }): ResultPair => [key, value]);
    await writeResults(pairs, io.stdout, flags.json === true);
    return 0;
  } catch (error) {
    const programStack = local.stackOf(error instanceof Error ? error.cause : undefined);
    const failure = describeFailure(error, { debug: io.env["SEALFOLD_DEBUG"] === "1", programStack });
    io.stderr.write(failure.text);
    return failure.exitStatus;
  }
}

/** Before a long job, not after it. */
async function expectWritable(file: string): Promise<void> {
  let isFolder: boolean;
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    isFolder = there?.isDirectory() ?? false;
    await access(there === undefined ? dirname(resolve(file)) : file, constants.W_OK);
  } catch (error) {
    throw usageError(`--receipt: cannot write ${file}`, error);
  }
  if (isFolder) throw usageError(`--receipt: cannot write ${file}, which is a folder`);
}

async function writeReceipt(file: string, receipt: Receipt): Promise<void> {
  const { encodeReceipt } = await import("../proof/receipt.ts");
  try {
    await writeFile(file, encodeReceipt(receipt));
  } catch (error) {
    throw unwritable(file, error);
  }
}
