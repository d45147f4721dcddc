/**
 * The thread of one sandbox. piscina calls the default export once; it serves its role until its port closes. This
 * file and all that it imports are bundled into one script whose SHA-256 is the runtime measurement.
 */

import { runSandbox, type SandboxTask } from "../lib/sandbox/run-sandbox.ts";

export default function sandbox(task: SandboxTask): Promise<never> {
  return runSandbox(task);
}

// piscina asks for this file with require() first. A module that awaits cannot be had that way and is imported instead:
// Node 26 ends the whole process when a thread is terminated while it requires an ES module.
await Promise.resolve();
