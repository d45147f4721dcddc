/** Which reader takes the files of a command line. */

import { extname } from "node:path";

import type { Input } from "../data/input.ts";
import { csv } from "../data/read-csv.ts";
import { jsonl } from "../data/read-json.ts";
import { lines } from "../data/read-lines.ts";
import type { BuiltProgram } from "../program/bundle.ts";
import { usageError } from "./failure.ts";

export const formatNames = ["lines", "csv", "jsonl"] as const;

export type FormatName = (typeof formatNames)[number];

const endings: Readonly<Record<string, FormatName>> = { ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl" };

/**
 * @param program - one that is built says which kind of records it is for
 * @returns the format that `--format` names, or else the program's, or the one of the files' ending: csv, jsonl, and lines
 * for all else.
 */
export function formatOf(
  files: readonly string[],
  named: FormatName | undefined,
  program?: string | BuiltProgram,
): FormatName {
  const reads = typeof program === "object" ? program.reads : undefined;
  const format = named ?? formatNames.find((name) => name === reads);
  if (reads !== undefined && format !== reads) throw usageError(`--format: the program is for ${reads}`);
  if (format !== undefined) return format;
  const found = new Set(files.map((file) => endings[extname(file).toLowerCase()] ?? "lines"));
  const [only, other] = found;
  if (only === undefined) throw usageError("which files? name at least one");
  if (other !== undefined)
    throw usageError(`the files' endings say ${[...found].join(" and ")}; choose one with --format`);
  return only;
}

/** @returns the reader of `files`; nothing is opened yet. */
export function inputOf(files: readonly string[], format: FormatName): Input<unknown> {
  switch (format) {
    case "lines":
      return lines(files);
    case "csv":
      return csv(files);
    case "jsonl":
      return jsonl(files);
  }
}
