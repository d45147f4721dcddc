/** What was asked of `sealfold run`. */

import type { Isolation } from "../map-reduce.ts";
import type { Limits } from "../policy/limits.ts";
import type { FormatName } from "./input-format.ts";

export interface RunFlags {
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
  readonly local?: boolean;
}

/** What was asked on the command line. */
export interface RunRequest {
  readonly program: string;
  readonly files: readonly string[];
  readonly flags: RunFlags;
}
