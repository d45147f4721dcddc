/**
 * Gets the chunks of tasks out of the store, and those of the next task while others are worked on, so that no mapper
 * waits for a disk. One task is read ahead, whatever the number of mappers: more would take memory and save no time.
 */

import type { Store } from "./store.ts";

export interface TaskChunksParts {
  readonly store: Pick<Store, "get">;
  /** Names of the chunks of each task, in order. */
  readonly names: readonly (readonly string[])[];
  /** Tasks that were done before, so that nobody will ask for them. */
  readonly done: ReadonlyMap<number, unknown>;
}

type Chunks = readonly Uint8Array[];

export class TaskChunks {
  readonly #parts: TaskChunksParts;
  readonly #begun: Set<number>;
  #ahead: { readonly task: number; readonly chunks: Promise<Chunks> } | undefined;

  constructor(parts: TaskChunksParts) {
    this.#parts = parts;
    this.#begun = new Set(parts.done.keys());
  }

  /**
   * @returns the chunks of `task`, the caller's own
   * @throws {SealfoldError} what the store throws
   */
  take(task: number): Promise<Chunks> {
    this.#begun.add(task);
    const ahead = this.#ahead;
    if (ahead?.task !== task) return this.#read(task);
    this.#ahead = undefined;
    return ahead.chunks;
  }

  /** Begins to read the first task that nobody has taken, unless one is there already. */
  readAhead(): void {
    const task = this.#parts.names.findIndex((_, index) => !this.#begun.has(index));
    if (task === -1 || this.#ahead !== undefined) return;
    const chunks = this.#read(task);
    chunks.catch(() => undefined); // met by whoever takes it
    this.#ahead = { task, chunks };
  }

  #read(task: number): Promise<Chunks> {
    return Promise.all((this.#parts.names[task] ?? []).map((name) => this.#parts.store.get(name)));
  }
}
