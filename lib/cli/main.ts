#!/usr/bin/env node
/** The command `sealfold`. */

import { runCommand } from "./command.ts";
import { describeFailure, unwritable } from "./failure.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0); // whoever read the results has read enough
  const { text, exitStatus } = describeFailure(unwritable("standard output", error));
  process.stderr.write(text);
  process.exit(exitStatus);
});

process.exitCode = await runCommand(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signals: process,
});
