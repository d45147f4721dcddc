/** `sealfold run`: one program over files of one person, on this machine. */

import { statSync } from "node:fs";
import { access, constants, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import type { Receipt } from "../proof/receipt.ts";
import { renderAttested } from "./attested-table.ts";
import type { CommandIo } from "./command-io.ts";
import { EventFile } from "./event-file.ts";
import { unwritable, usageError } from "./failure.ts";
import { formatOf, inputOf } from "./input-format.ts";
import { Interrupt } from "./interrupt.ts";
import { namedProgram } from "./named-program.ts";
import { ProgressDisplay } from "./progress-display.ts";
import { ResumeNotes } from "./resume-notes.ts";
import type { RunRequest } from "./run-request.ts";
import { formatCount } from "./screen-text.ts";
import { writeCounts, writeResults } from "./write-results.ts";

/** @returns the exit status. @throws {SealfoldError} whatever stopped the job */
export async function run(request: RunRequest, io: CommandIo): Promise<number> {
  if (request.flags.local !== true) return runSealed(request, io);
  const { runHere } = await import("./run-local.ts");
  return runHere(request, io);
}

async function runSealed({ program: name, files, flags }: RunRequest, io: CommandIo): Promise<number> {
  const { program, keys } = await namedProgram(name, flags, files);
  const input = inputOf(files, formatOf(files, flags.format, program));
  if (flags.receipt !== undefined) await expectWritable(flags.receipt);
  const events = flags.events === undefined ? undefined : new EventFile(flags.events);
  const { mapReduce } = await import("../map-reduce.ts");
  const notes = new ResumeNotes();
  const interrupt = new Interrupt(io.stderr, io.signals);
  const progress = flags.quiet === true ? undefined : new ProgressDisplay(io.stderr);
  try {
    const { output, receipt, summary, counters, skipped } = await mapReduce(program, input, {
      mappers: flags.mappers,
      reducers: flags.reducers,
      limits: flags.limit,
      ...(flags.counter && { counters: flags.counter }),
      ...(keys.length > 0 && { keys: keys.map((key) => ({ ...key, source: { kind: "job" } as const })) }),
      isolation: flags.isolation,
      signal: interrupt.signal,
      onProgress: progress?.update,
      stateDirectory: flags.state,
      onEvent: (event) => {
        notes.update(event);
        events?.write(event);
      },
    });
    progress?.close();
    if (flags.quiet !== true) for (const line of notes.lines) io.stderr.write(`${line}\n`);
    if (flags.receipt !== undefined) await writeReceipt(flags.receipt, receipt);
    if (flags.quiet !== true) {
      io.stderr.write(`${renderAttested(summary.sandboxes)}\n`);
      io.stderr.write(`receipt verified${flags.receipt === undefined ? "" : `, and written to ${flags.receipt}`}\n`);
    }
    if (flags.quiet !== true) writeCounts(counters, io.stderr);
    if (flags.quiet !== true && skipped > 0) io.stderr.write(`${formatCount(skipped, "records")} skipped\n`);
    await writeResults(output, io.stdout, flags.json === true);
    events?.finish();
    return 0;
  } finally {
    events?.close();
    progress?.close();
    interrupt.close();
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
    await writeFile(file, encodeReceipt(receipt, file.endsWith(".gz") ? "packed" : "text"));
  } catch (error) {
    throw unwritable(file, error);
  }
}
