/** What program a command line names: a file, or one that is built in, of which flags say more. */

import { type Column, type GroupAggregate, groupAggregates } from "../builtin/group-by.ts";
import { type WordKind, wordKinds } from "../builtin/word-count.ts";
import { keyTypes } from "../data/capabilities.ts";
import { lines } from "../data/read-lines.ts";
import type { BuiltProgram } from "../program/bundle.ts";
import { usageError } from "./failure.ts";
import type { BuiltinFlags, RunColumn, RunKey } from "./run-request.ts";

/** The names of the programs that are built in. */
export const builtinNames: readonly string[] = ["word-count", ...groupAggregates];

export interface NamedProgram {
  /** A file, or a program. */
  readonly program: string | BuiltProgram;
  /** Keys that the program may use: made for the job, the same in all its sandboxes. */
  readonly keys: readonly RunKey[];
}

const groupFlags = ["value", "delimiter", "columns", "header"] as const;

/**
 * @param name - a file, unless it is one of {@link builtinNames}: a file of such a name is `./word-count`
 * @param files - whose first line `--header` means
 * @throws {SealfoldError} USAGE when a flag is missing, makes no sense, or is for another program; DATA_*
 */
export async function namedProgram(name: string, flags: BuiltinFlags, files: readonly string[]): Promise<NamedProgram> {
  const isGroup = isAggregate(name);
  if (name !== "word-count") refuseFlags(name, flags, ["words"]);
  if (!isGroup) refuseFlags(name, flags, groupFlags);
  const columns = (flags.key ?? []).filter(isColumn).map(({ column }) => column);
  const keys = (flags.key ?? []).filter((key): key is RunKey => !isColumn(key));
  const isBuiltin = builtinNames.includes(name);
  if (columns.length > 0 && !isGroup) throw usageError(`--key: ${wantsKey}, got ${columns[0]}`);
  if (keys.length > 0 && isBuiltin) throw usageError(`--key: ${name} uses no keys, so it is a column's number or name`);
  if (!isBuiltin) return { program: name, keys };
  const { builtin } = await import("../builtin/builtin.ts");
  if (!isGroup) return { program: asUsage(() => builtin.wordCount({ words: wordsOf(flags) })), keys };
  if (columns.length === 0) throw usageError(`${name} needs --key, the column to group by`);
  const header = flags.header === true ? await firstLine(files) : flags.columns;
  const value = flags.value === undefined ? undefined : columnOf(flags.value);
  const delimiter = flags.delimiter === "\\t" ? "\t" : flags.delimiter;
  const options = { aggregate: name, key: columns.map(columnOf), value, delimiter, header };
  return { program: asUsage(() => builtin.groupBy(options)), keys };
}

/** What `--key` takes for a program of one's own. */
const wantsKey = `Expected a name and one of ${keyTypes.join(", ")}, such as pseudonym=hmac-sha256`;

function isAggregate(name: string): name is GroupAggregate {
  return groupAggregates.includes(name as GroupAggregate);
}

function isColumn(key: RunKey | RunColumn): key is RunColumn {
  return "column" in key;
}

function refuseFlags(name: string, flags: BuiltinFlags, names: readonly (keyof BuiltinFlags)[]): void {
  const given = names.find((flag) => flags[flag] !== undefined);
  if (given !== undefined) throw usageError(`--${given}: ${name} has no such option`);
}

function wordsOf({ words }: BuiltinFlags): WordKind | undefined {
  return words === undefined ? undefined : (wordKinds.find((kind) => kind === words) ?? (words as WordKind));
}

function columnOf(text: string): Column {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** What the API says of an option is said of the flag. */
function asUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw usageError(
      error.message.replace(/^"(\w+)"/, (_, name: string) => `--${name}:`),
      error,
    );
  }
}

/** Reads no more than the first chunk. */
async function firstLine(files: readonly string[]): Promise<string> {
  if (files.includes("-")) throw usageError("--header: standard input cannot be read twice; say --columns");
  for await (const { bytes } of lines(files).chunks({ chunkBytes: 65_536 })) {
    const end = bytes.indexOf(0x0a);
    const line = Buffer.from(bytes.buffer, bytes.byteOffset, end === -1 ? bytes.length : end).toString();
    return line.replace(/\r$/, "");
  }
  return "";
}
