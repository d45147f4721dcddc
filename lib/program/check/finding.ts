/** What a check of a program finds. */

import type { ErrorCode } from "../../errors.ts";

/**
 * `refused`: no sandbox takes the program. `fails`: the program throws, or its call is refused, when it gets there.
 * `doubtful`: it may be meant so.
 */
export type Severity = "refused" | "fails" | "doubtful";

/** One finding, where its author wrote what is found. */
export interface Finding {
  readonly severity: Severity;
  /** What a run would end with; a doubtful finding has none. */
  readonly code: ErrorCode | undefined;
  /** Relative to the program's folder. */
  readonly file: string;
  /** From 1; 0 in a module in WebAssembly, where `message` names the import, export or byte. */
  readonly line: number;
  /** From 1, in UTF-16 units; 0 likewise. */
  readonly column: number;
  readonly message: string;
  /** What to do about it. */
  readonly next: string;
  /** The capability that would give what is missing, to a program that needs it, under a policy that grants it. */
  readonly capability?: string;
}

/** Where something stands in its author's files. */
export type FindingPlace = Pick<Finding, "file" | "line" | "column">;

/** @returns the findings in the order of their places, each once. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const unique = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return [...unique.values()].sort(
    (a, b) =>
      compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(a.message, b.message),
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
