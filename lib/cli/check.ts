/** `sealfold program check`: what would be refused in a program, before anybody runs it. */

import { dirname, join } from "node:path";

import { errorTable } from "../errors.ts";
import type { Finding, Severity } from "../program/check/finding.ts";
import type { CommandIo } from "./command-io.ts";
import { printable } from "./screen-text.ts";

export interface CheckFlags {
  readonly json?: boolean;
}

const words: Readonly<Record<Severity, string>> = {
  refused: "refused",
  fails: "would fail at run time",
  doubtful: "doubtful",
};

/** Writes what is found, in the order of its places. @returns 7 when something would be refused, else 0 */
export async function check(file: string, { json }: CheckFlags, io: CommandIo): Promise<number> {
  const { inspectProgram } = await import("../program/check/inspect.ts");
  const folder = dirname(file);
  const findings = (await inspectProgram(file)).map((finding) => ({ ...finding, file: join(folder, finding.file) }));
  if (json === true) for (const finding of findings) io.stdout.write(`${JSON.stringify(finding)}\n`);
  else io.stdout.write(page(file, findings));
  return findings.some(({ severity }) => severity === "refused") ? errorTable.PROGRAM_REFUSED.exit : 0;
}

function page(file: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return `${printable(file)}: nothing found; it needs no capability\n`;
  return `${findings.map(paragraph).join("\n")}\n\n${summary(findings)}\n`;
}

function paragraph({ file, line, column, severity, code, message, next }: Finding): string {
  const what = code === undefined ? words[severity] : `${words[severity]}, ${code}`;
  return `${printable(file)}:${line}:${column}: ${what}: ${printable(message)}\n  next: ${printable(next)}`;
}

function summary(findings: readonly Finding[]): string {
  const counts = (Object.keys(words) as Severity[]).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${words[severity]}`];
  });
  const capabilities = [...new Set(findings.flatMap(({ capability }) => capability ?? []))];
  const needs = `it needs ${capabilities.join(", ")}, which no policy can grant yet`;
  return capabilities.length === 0 ? counts.join(", ") : `${counts.join(", ")}; ${needs}`;
}
