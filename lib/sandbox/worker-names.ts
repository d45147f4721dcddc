/** What the scripts of `workers/` are called once they are bundled. */

export type WorkerName = "sandbox" | "process" | "seal";

/**
 * A thread's script is one that piscina's require() takes: a module it would read twice, once to find that it is none,
 * and Node 26 ends the whole process when a thread is terminated while it requires a module.
 */
export const workerFiles: Readonly<Record<WorkerName, string>> = {
  sandbox: "sandbox.cjs",
  process: "process.mjs",
  seal: "seal.cjs",
};
