/** What a command reads and writes besides files: so that a test can give its own. */

import type { Writable } from "node:stream";

import type { SignalSource } from "./interrupt.ts";
import type { Screen } from "./screen-text.ts";

export interface CommandIo {
  /** Results, and nothing else where `--json` is given. */
  readonly stdout: Writable;
  /** Progress, tables and errors. */
  readonly stderr: Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where Ctrl-C comes from. */
  readonly signals: SignalSource;
}
