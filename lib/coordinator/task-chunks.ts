/**
 * Gets the chunks of tasks from where they are, in portions, and the next portion while the one before is worked on, so that
 * no mapper waits for a disk. Of the tasks that nobody has taken one portion is read ahead, whatever the number of
 * mappers: more would take memory and save no time.
 */

import { SealfoldError } from "../errors.ts";
import type { Message } from "../sandbox/message.ts";
import type { SandboxLink } from "../sandbox/sandbox.ts";
import type { ChunkSources } from "./chunk-sources.ts";
import type { Timing } from "./timing.ts";

export interface TaskChunksParts {
  readonly chunks: Pick<ChunkSources, "check" | "get" | "spare">;
  /** Names of the chunks of each portion of each task, in order. */
  readonly names: readonly (readonly (readonly string[])[])[];
  /** Tasks that were done before, so that nobody will ask for them. */
  readonly done: ReadonlyMap<number, unknown>;
}

/** Chunks that are sent to a mapper at once, the receiver's own. */
export interface Portion {
  readonly chunks: readonly Uint8Array[];
  readonly isLast: boolean;
  /**
   * Says what is known of why a mapper refused them.
   * @throws {SealfoldError} DATA_CHANGED when an owner's file is not what it was; DATA_FILE
   */
  check(): Promise<void>;
  /** Takes back the memory of some of them, whatever it holds now. */
  spare(memory: readonly Uint8Array[]): void;
}

type Chunks = Portion["chunks"];

/**
 * A mapper is sent so many bytes at once, or one chunk: what a task takes of memory does not grow with it. More would have V8
 * look through its whole heap again and again, for the sake of memory that comes and goes.
 */
const portionBytes = 2 * 1024 * 1024;

/** @returns the numbers of chunks of these sizes, cut into portions */
export function cutPortions(sizes: readonly number[]): readonly (readonly number[])[] {
  const portions: number[][] = [];
  let room = 0;
  for (const [index, size] of sizes.entries()) {
    if (size > room || portions.length === 0) {
      portions.push([]);
      room = portionBytes;
    }
    portions.at(-1)?.push(index);
    room -= size;
  }
  return portions;
}

/** How long a mapper may take for a task, ms, and for a batch of its records. */
export interface Patience {
  readonly timeout: number;
  readonly batchTimeout: number;
  readonly timing: Pick<Timing, "now">;
}

/** What a mapper answers when it has all chunks of its task, and how many sealed bytes they are. */
export interface MapAnswer {
  readonly answer: Message;
  readonly bytes: number;
}

/** Gives a mapper its task: what the broker granted, then portion by portion. */
export async function sendTask(
  link: Pick<SandboxLink, "ask">,
  grant: Uint8Array,
  portions: AsyncIterable<Portion>,
  { timeout, batchTimeout, timing }: Patience,
): Promise<MapAnswer> {
  const late = timing.now() + timeout;
  let answer: Message | undefined;
  let bytes = 0;
  for await (const { chunks, isLast, spare, check } of portions) {
    bytes += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const options = { timeout: Math.max(1, late - timing.now()), batchTimeout, given: true, back: spare };
    const body = isLast ? {} : { more: true };
    try {
      answer = await (answer === undefined
        ? link.ask("map", body, [grant, ...chunks], options)
        : link.ask("chunks", body, chunks, options));
    } catch (error) {
      if (error instanceof SealfoldError && error.code === "CHUNK_ALTERED") await check();
      throw error;
    }
  }
  if (answer === undefined) throw new SealfoldError("BUG", "a task has no chunks");
  return { answer, bytes };
}

export class TaskChunks {
  readonly #parts: TaskChunksParts;
  readonly #begun: Set<number>;
  #ahead: { readonly task: number; readonly chunks: Promise<Chunks> } | undefined;

  constructor(parts: TaskChunksParts) {
    this.#parts = parts;
    this.#begun = new Set(parts.done.keys());
  }

  /**
   * Gives the chunks of `task`. Each portion is asked for when the one before was worked on.
   * @throws {SealfoldError} what store and shelf throw
   */
  async *portions(task: number): AsyncGenerator<Portion, void, undefined> {
    this.#begun.add(task);
    const count = this.#parts.names[task]?.length ?? 0;
    let reading = this.#takeFirst(task);
    for (let portion = 0; portion < count; portion++) {
      const chunks = await reading;
      const isLast = portion + 1 === count;
      if (isLast) this.#readAhead();
      else reading = this.#read(task, portion + 1);
      const check = (): Promise<void> => this.#check(task, portion);
      yield { chunks, isLast, check, spare: (memory) => this.#spare(task, portion, memory) };
    }
  }

  async #check(task: number, portion: number): Promise<void> {
    for (const name of this.#parts.names[task]?.[portion] ?? []) await this.#parts.chunks.check(name);
  }

  /** Memory comes back in no order: whoever gives chunks of a portion has use for any of it. */
  #spare(task: number, portion: number, memory: readonly Uint8Array[]): void {
    const [name] = this.#parts.names[task]?.[portion] ?? [];
    for (const bytes of memory) if (name !== undefined) this.#parts.chunks.spare(name, bytes);
  }

  #takeFirst(task: number): Promise<Chunks> {
    const ahead = this.#ahead;
    if (ahead?.task !== task) return this.#read(task, 0);
    this.#ahead = undefined;
    return ahead.chunks;
  }

  /** Begins to read the first task that nobody has taken, unless one is there already. */
  #readAhead(): void {
    const task = this.#parts.names.findIndex((_, index) => !this.#begun.has(index));
    if (task !== -1) this.#ahead ??= { task, chunks: this.#read(task, 0) };
  }

  #read(task: number, portion: number): Promise<Chunks> {
    const names = this.#parts.names[task]?.[portion] ?? [];
    const chunks = Promise.all(names.map((name) => this.#parts.chunks.get(name)));
    chunks.catch(() => undefined); // met by whoever takes it, if somebody does
    return chunks;
  }
}
