/** Sealed chunks that nobody stores. */

/** Chunks that their owner seals when somebody wants one, from where its records lie: nothing has to store them. */
export interface ChunkShelf {
  /**
   * @returns the sealed chunk of that index, which nobody else has: of what lies there now, which only whoever opens it can
   * hold against its leaf
   * @throws {SealfoldError} DATA_CHANGED when its file is shorter than it was; DATA_FILE
   */
  chunk(index: number): Promise<Uint8Array>;
  /**
   * Looks whether what lies there is still what the owner committed to.
   * @throws {SealfoldError} DATA_CHANGED unless it is; DATA_FILE
   */
  check(index: number): Promise<void>;
  /** Takes back the memory of such a chunk, whatever it holds now. */
  spare(memory: Uint8Array): void;
  /** Nobody will want any more. */
  close(): Promise<void>;
}
