/** What the engine's statuses are called outside. */

import type { ErrorCode } from "../errors.ts";
import { type Failure, status } from "./verdict.ts";

/** The code of each failure. */
export const failureCodes: Readonly<Record<Failure, ErrorCode>> = {
  [status.threw]: "PROGRAM_THREW",
  [status.value]: "PROGRAM_VALUE",
  [status.key]: "LIMIT_KEY",
  [status.valueSize]: "LIMIT_VALUE",
  [status.output]: "LIMIT_OUTPUT",
  [status.record]: "DATA_RECORD",
  [status.state]: "BATCH_ALTERED",
  [status.program]: "PROGRAM_EXPORT",
};
