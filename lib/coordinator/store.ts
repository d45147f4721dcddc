/** Where sealed bytes lie between stages. Names are public; what is under them opens for nobody here. */

import { copyOf, type Memory } from "../crypto/memory.ts";
import { SealfoldError } from "../errors.ts";

/** Put, get, forget and list sealed bytes by name: memory here; a disk or an object store behind the same verbs. */
export interface Store {
  put(name: string, bytes: Uint8Array, options?: PutOptions): Promise<void>;
  /**
   * @param memory - gives so many bytes, of whatever content, in which a store that can puts what it has. Default: new ones
   * @returns bytes that nobody else has: the caller may give them away
   * @throws {SealfoldError} NOT_READY when nothing has that name
   */
  get(name: string, memory?: Memory): Promise<Uint8Array>;
  remove(name: string): Promise<void>;
  /** @returns the names that begin with `prefix`, sorted by code unit */
  list(prefix: string): Promise<readonly string[]>;
}

export interface PutOptions {
  /** Whether this entry, and all that were put before it, must outlast a loss of power once they are kept. */
  readonly commit?: boolean;
  /** Called with the bytes when the store has done with them and keeps them elsewhere: their memory is free again. */
  readonly unkept?: ((bytes: Uint8Array) => void) | undefined;
}

/** @returns what has that name, or undefined where nothing has. To list names for this would have a disk read them all. */
export async function getIfThere(store: Store, name: string): Promise<Uint8Array | undefined> {
  try {
    return await store.get(name);
  } catch (error) {
    if (error instanceof SealfoldError && error.code === "NOT_READY") return undefined;
    throw error;
  }
}

export class MemoryStore implements Store {
  readonly #entries = new Map<string, Uint8Array>();

  put(name: string, bytes: Uint8Array): Promise<void> {
    this.#entries.set(name, bytes);
    return Promise.resolve();
  }

  get(name: string, memory?: Memory): Promise<Uint8Array> {
    const bytes = this.#entries.get(name);
    if (bytes === undefined) return Promise.reject(new SealfoldError("NOT_READY", `${name} is not in the store`));
    return Promise.resolve(copyOf(bytes, memory));
  }

  remove(name: string): Promise<void> {
    this.#entries.delete(name);
    return Promise.resolve();
  }

  list(prefix: string): Promise<readonly string[]> {
    return Promise.resolve([...this.#entries.keys()].filter((name) => name.startsWith(prefix)).sort());
  }
}

/** A broker's sealed memory, the newest there is. */
export const brokerStateName = "broker/state";

/** One owner's sealed chunk. */
export function chunkName(input: string, epoch: number, index: number): string {
  return `chunk/${encodeURIComponent(input)}/${epoch}/${index}`;
}

/** One partition's cell of one attempt. */
export function cellName(jobId: string, task: number, attempt: string, partition: number): string {
  return `cell/${jobId}/${task}/${attempt}/${partition}`;
}

/** Where the parts of a map output lie, in the order in which a mapper hands them out. */
export function cellNames(output: {
  readonly jobId: string;
  readonly task: number;
  readonly attempt: string;
  readonly outputs: readonly { readonly partition: number }[];
}): readonly string[] {
  return output.outputs.flatMap(({ partition }) => {
    const cell = cellName(output.jobId, output.task, output.attempt, partition);
    return [`${cell}/handshake`, cell];
  });
}
