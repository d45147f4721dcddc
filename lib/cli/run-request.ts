/** What was asked of `sealfold run`. */

import type { KeyType } from "../data/capabilities.ts";
import type { Isolation } from "../map-reduce.ts";
import type { Limits } from "../policy/limits.ts";
import type { FormatName } from "./input-format.ts";

/** A key by its name. */
export interface RunKey {
  readonly name: string;
  readonly type: KeyType;
}

/** A column of delimited text, by number or name. */
export interface RunColumn {
  readonly column: string;
}

/** Flags of programs that are built in. */
export interface BuiltinFlags {
  readonly words?: string;
  /** Columns; or keys for the program, which none of these has. */
  readonly key?: readonly (RunKey | RunColumn)[];
  readonly value?: string;
  readonly delimiter?: string;
  /** The line that names the columns. */
  readonly columns?: string;
  /** Whether the first line of the first file is that one. */
  readonly header?: boolean;
}

export interface RunFlags extends BuiltinFlags {
  readonly format?: FormatName;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly mappers?: number;
  readonly reducers?: number;
  readonly limit?: Partial<Limits>;
  /** Names of what the program may count. */
  readonly counter?: readonly string[];
  readonly isolation?: Isolation;
  readonly receipt?: string;
  /** The folder in which the job outlasts this process. */
  readonly state?: string;
  /** The file for the job's events. */
  readonly events?: string;
  readonly local?: boolean;
}

/** What was asked on the command line. */
export interface RunRequest {
  /** A file, or the name of a program that is built in. */
  readonly program: string;
  readonly files: readonly string[];
  readonly flags: RunFlags;
}
