/** `sealfold program test`: is the answer the same however a job is split, ordered and combined? */

import { errorTable } from "../errors.ts";
import type { Answer } from "../testing/evaluate.ts";
import type { LawReport } from "../testing/law-report.ts";
import type { CommandIo } from "./command-io.ts";
import { type FormatName, formatOf, inputOf } from "./input-format.ts";
import { localKey } from "./local-tools.ts";
import { namedProgram } from "./named-program.ts";
import type { BuiltinFlags } from "./run-request.ts";
import { printableLines } from "./screen-text.ts";

export interface TestFlags extends BuiltinFlags {
  readonly sample: readonly string[];
  readonly format?: FormatName;
  readonly runs?: number;
  readonly seed?: number;
  readonly json?: boolean;
  readonly counter?: readonly string[];
}

/** Writes what was tried and found. @returns 7 when a law is broken, else 0 */
export async function testProgram(file: string, flags: TestFlags, io: CommandIo): Promise<number> {
  const { sample, format, runs, seed, json, counter } = flags;
  const { program, keys } = await namedProgram(file, flags, sample);
  const input = inputOf(sample, formatOf(sample, format, program));
  const { checkLaws } = await import("../testing/check-laws.ts");
  const { describeLaws } = await import("../testing/law-report.ts");
  const report = await checkLaws(program, input, {
    runs,
    seed,
    tools: { counters: counter, keys: keys.map(localKey) },
  });
  io.stdout.write(`${json === true ? jsonLine(file, report) : printableLines(`${file}: ${describeLaws(report)}`)}\n`);
  return report.broken === undefined ? 0 : errorTable.PROGRAM_THREW.exit;
}

function jsonLine(file: string, { broken, ...report }: LawReport): string {
  const sides = broken?.sides.map(({ way, answer }) => ({ way, ...answerData(answer) }));
  return JSON.stringify({ file, ...report, broken: broken === undefined ? null : { ...broken, sides } });
}

function answerData(answer: Answer): object {
  if ("code" in answer) return { code: answer.code, text: answer.text };
  const results = answer.map(({ key, value }) => ({
    key: JSON.parse(key) as unknown,
    value: JSON.parse(value) as unknown,
  }));
  return { results };
}
