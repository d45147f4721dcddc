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

export interface RunFlags {
  readonly format?: FormatName;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly mappers?: number;
  readonly reducers?: number;
  readonly limit?: Partial<Limits>;
  /** Names of what the program may count. */
  readonly counter?: readonly string[];
  /** Keys that the program may use: made for the job, the same in all its sandboxes. */
  readonly key?: readonly RunKey[];
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
  readonly program: string;
  readonly files: readonly string[];
  readonly flags: RunFlags;
}
