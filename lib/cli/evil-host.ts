/** `sealfold demo --evil-host`: a catalogue of attacks, carried out one by one against a real job, on the screen. */

import { type Attack, carryOut } from "../demo/attack.ts";
import { catalogue } from "../demo/catalogue.ts";
import { honestRun } from "../demo/honest-run.ts";
import { wordCountFile } from "../demo/world.ts";
import { buildProgram } from "../program/bundle.ts";
import { type AttackReport, JsonReport, TableReport } from "./attack-report.ts";
import { AttackTable } from "./attack-table.ts";
import type { CommandIo } from "./command-io.ts";
import type { DemoFlags } from "./demo-flags.ts";
import { usageError } from "./failure.ts";
import { Interrupt } from "./interrupt.ts";

/** @returns the exit status. @throws {SealfoldError} USAGE for a name that no attack has; CANCELLED */
export async function evilHost({ only, json }: DemoFlags, io: CommandIo): Promise<number> {
  const attacks = chosen(only);
  const report = json === true ? new JsonReport(io.stdout) : tableReport(attacks, io);
  return attackAll(attacks, report, io);
}

/**
 * Carries out `attacks`, after an honest run.
 * @returns the exit status: 0 when the honest run gave the answer and every attack was caught, 1 otherwise
 * @throws {SealfoldError} CANCELLED
 */
export async function attackAll(attacks: readonly Attack[], report: AttackReport, io: CommandIo): Promise<number> {
  const interrupt = new Interrupt(io.stderr, io.signals);
  try {
    const options = { program: await buildProgram(wordCountFile), signal: interrupt.signal };
    report.begin("an honest run");
    const run = await honestRun(options);
    report.honest(run);
    let notCaught = 0;
    for (const [i, attack] of attacks.entries()) {
      report.begin(`${i + 1} of ${attacks.length}: ${attack.name}`);
      const outcome = await carryOut(attack, options);
      if (!outcome.caught) notCaught += 1;
      report.outcome(outcome);
    }
    report.end(attacks.length, notCaught);
    return run.right && notCaught === 0 ? 0 : 1;
  } finally {
    report.close();
    interrupt.close();
  }
}

export function tableReport(attacks: readonly Attack[], io: CommandIo): AttackReport {
  return new TableReport(new AttackTable(io.stdout, attacks, io.env), io.stderr);
}

/** Those that were named, in the catalogue's order. */
function chosen(only: readonly string[] | undefined): readonly Attack[] {
  if (only === undefined) return catalogue;
  const names = catalogue.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw usageError(`there is no attack "${unknown}"; there are: ${names.join(", ")}`);
  return catalogue.filter(({ name }) => only.includes(name));
}
