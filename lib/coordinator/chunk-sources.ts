/** Where sealed chunks come from: the store, or the shelf of an owner who stays until the job is over. */

import type { ChunkShelf } from "../data/chunk-shelf.ts";
import type { Store } from "./store.ts";

interface Offer {
  readonly shelf: ChunkShelf;
  readonly index: number;
}

export class ChunkSources {
  readonly #store: Pick<Store, "get">;
  /** By the chunk's name. */
  readonly #offers = new Map<string, Offer>();
  readonly #shelves = new Set<ChunkShelf>();

  constructor(store: Pick<Store, "get">) {
    this.#store = store;
  }

  /** From now on `name` is to be had of `shelf`. */
  offer(name: string, { shelf, index }: Offer): void {
    this.#shelves.add(shelf);
    this.#offers.set(name, { shelf, index });
  }

  /** From now on `name` is in the store. */
  stored(name: string): void {
    this.#offers.delete(name);
  }

  /**
   * @returns a sealed chunk, which nobody else has
   * @throws {SealfoldError} NOT_READY when nothing has that name; what store and shelf throw
   */
  get(name: string): Promise<Uint8Array> {
    const offer = this.#offers.get(name);
    return offer === undefined ? this.#store.get(name) : offer.shelf.chunk(offer.index);
  }

  /**
   * Looks whether a chunk that was refused is still what its owner committed to, where somebody can.
   * @throws {SealfoldError} DATA_CHANGED, DATA_FILE
   */
  async check(name: string): Promise<void> {
    const offer = this.#offers.get(name);
    await offer?.shelf.check(offer.index);
  }

  /** Gives the memory of a chunk back to whoever makes another one in it. */
  spare(name: string, memory: Uint8Array): void {
    this.#offers.get(name)?.shelf.spare(memory);
  }

  /** Nobody asks for chunks any more. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#shelves].map((shelf) => shelf.close()));
  }
}
