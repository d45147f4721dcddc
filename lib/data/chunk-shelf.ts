/** Sealed chunks that nobody stores. */

/** Chunks that their owner seals anew each time somebody wants one: the same bytes, and nothing has to store them. */
export interface ChunkShelf {
  /**
   * @returns the sealed chunk of that index, which nobody else has
   * @throws {SealfoldError} DATA_CHANGED when its file was changed since the owner committed to it; DATA_FILE
   */
  chunk(index: number): Promise<Uint8Array>;
  /** Takes back the memory of such a chunk, whatever it holds now. */
  spare(memory: Uint8Array): void;
  /** Nobody will want any more. */
  close(): Promise<void>;
}
