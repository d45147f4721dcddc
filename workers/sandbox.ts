/**
 * The thread of one sandbox. piscina calls the default export once; it serves its role until its port closes. This
 * file and all that it imports are bundled into one script whose SHA-256 is the runtime measurement.
 */

import { runSandbox, type SandboxTask } from "../lib/sandbox/run-sandbox.ts";

export default function sandbox(task: SandboxTask): Promise<never> {
  return runSandbox(task);
}
