/** `sealfold program check`: what would be refused in a program, before anybody runs it. */

import { dirname, join } from "node:path";

import { errorTable } from "../errors.ts";
import type { Finding, Severity } from "../program/check/finding.ts";
import type { ModuleReport } from "../program/wasm/inspect-module.ts";
import type { CommandIo } from "./command-io.ts";
import { formatNumber, printable } from "./screen-text.ts";

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
  const isRefused = findings.some(({ severity }) => severity === "refused");
  if (json === true) for (const finding of findings) io.stdout.write(`${JSON.stringify(finding)}\n`);
  else io.stdout.write(`${page(file, findings, isRefused ? [] : await factsOf(file))}\n`);
  return isRefused ? errorTable.PROGRAM_REFUSED.exit : 0;
}

/** What a program that no sandbox refuses says of itself. */
async function factsOf(file: string): Promise<readonly string[]> {
  const { buildProgram } = await import("../program/bundle.ts");
  const { kind, needs, file: path } = await buildProgram(file);
  const need = `it needs ${needs.length === 0 ? "no capability" : needs.join(", ")}`;
  if (kind !== "wasm") return [need];
  const { inspectModule } = await import("../program/wasm/inspect-module.ts");
  return [need, ...moduleFacts(await inspectModule(path))];
}

function moduleFacts({ module }: ModuleReport): readonly string[] {
  if (module === undefined) return [];
  const { checked, aggregate, memory } = module;
  const exported = [...checked.functions].map((name) =>
    name === "aggregate" ? `${name} (${aggregate ?? "?"})` : name,
  );
  const most = memory.max === undefined ? "" : `, to ${mebibytes(memory.max)} at most`;
  const isLost = checked.functions.has("map_chunk") || checked.functions.has("flush");
  return [
    `it exports ${exported.join(", ")}`,
    `its memory begins with ${mebibytes(memory.min)} and grows as the policy allows${most}`,
    isLost ? "a record that it fails on fails the whole task" : "a record that it fails on may be skipped",
  ];
}

/** @param pages - of 64 KiB */
function mebibytes(pages: number): string {
  return `${formatNumber(pages / 16)} MiB`;
}

function page(file: string, findings: readonly Finding[], facts: readonly string[]): string {
  const [first, ...others] = facts;
  const ends = [...(first === undefined ? [] : [first]), ...lacking(findings)];
  const last = [counted(findings), ...ends].join("; ");
  const lines = findings.length === 0 ? [`${printable(file)}: ${last}`] : [...findings.map(paragraph), "", last];
  return [...lines, ...others].join("\n");
}

/** A module has no lines, and its findings' own words name the place. */
function paragraph({ file, line, column, severity, code, message, next }: Finding): string {
  const what = code === undefined ? words[severity] : `${words[severity]}, ${code}`;
  const place = line === 0 ? printable(file) : `${printable(file)}:${line}:${column}`;
  return `${place}: ${what}: ${printable(message)}\n  next: ${printable(next)}`;
}

function counted(findings: readonly Finding[]): string {
  const counts = (Object.keys(words) as Severity[]).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${words[severity]}`];
  });
  return counts.length === 0 ? "nothing found" : counts.join(", ");
}

/** What it uses without having it, though it could. */
function lacking(findings: readonly Finding[]): readonly string[] {
  const capabilities = [...new Set(findings.flatMap(({ capability }) => capability ?? []))];
  return capabilities.length === 0 ? [] : [`what it lacks it gets as tools where it needs ${capabilities.join(", ")}`];
}
