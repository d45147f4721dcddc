/** Threads of this process that seal. A party's own: they see what it sees. */

import { Worker } from "node:worker_threads";

import type {
  Cut,
  LeafLying,
  LyingChunk,
  SealedChunk,
  SealedLying,
  SealLying,
  SealTask,
  Surveyed,
  SurveyTask,
} from "./sealing-thread.ts";

interface Waiting {
  /** With what answers the task. */
  readonly resolve: (done: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly cut: ((bytes: number) => void) | undefined;
}

type Task = SealTask | SealLying | SurveyTask | LyingChunk;

/** What was built is run as it is; a source checkout's thread needs a loader first, and Node 20 takes none for it. */
function startThread(): Worker {
  const options = { env: {}, execArgv: [] };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("../../workers/seal.cjs", import.meta.url), options);
  const source = JSON.stringify(new URL("../../workers/seal.ts", import.meta.url));
  const loader = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const code = `import(${loader}).then(({ tsImport }) => tsImport(${source}, ${source}))`;
  return new Worker(code, { ...options, eval: true });
}

class SealingThread {
  readonly #worker = startThread();
  /** In the order in which they were asked, which is that of the answers. */
  readonly #waiting: Waiting[] = [];
  #failure: Error | undefined;

  constructor() {
    this.#worker.on("message", (done: object) => {
      if ("cut" in done) this.#waiting[0]?.cut?.((done as Cut).cut);
      else this.#waiting.shift()?.resolve(done);
    });
    this.#worker.on("error", (error: Error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("a thread that seals has ended")));
  }

  /** Tasks that it was given and has not done. */
  get open(): number {
    return this.#waiting.length;
  }

  /**
   * @param memory - of the task, which moves to the thread, and comes back with the answer
   * @param cut - called before the answer to a survey
   */
  ask(task: Task, memory: readonly Uint8Array[], cut?: (bytes: number) => void): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject, cut });
      this.#worker.postMessage(
        task,
        memory.map(({ buffer }) => buffer as ArrayBuffer),
      );
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

export class SealingThreads {
  readonly #threads: readonly SealingThread[];

  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => new SealingThread());
  }

  seal(task: SealTask): Promise<SealedChunk> {
    const memory = [task.plaintext, ...(task.target === undefined ? [] : [task.target])];
    return this.#idlest.ask(task, memory) as Promise<SealedChunk>;
  }

  sealLying(task: SealLying): Promise<SealedLying> {
    return this.#idlest.ask(task, [task.target]) as Promise<SealedLying>;
  }

  leafLying(task: LyingChunk): Promise<LeafLying> {
    return this.#idlest.ask(task, []) as Promise<LeafLying>;
  }

  /** @param cut - called as soon as it is known where the chunk ends */
  survey(task: SurveyTask, cut: (bytes: number) => void): Promise<Surveyed> {
    return this.#idlest.ask(task, [], cut) as Promise<Surveyed>;
  }

  /** The thread that has the least to do. */
  get #idlest(): SealingThread {
    const [first, ...others] = this.#threads;
    if (first === undefined) throw new RangeError('"count" expected 1 or more threads');
    return others.reduce((least, thread) => (thread.open < least.open ? thread : least), first);
  }

  /** Settles when no thread is left. What they were doing fails. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
