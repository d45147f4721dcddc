/** Reads files one after the other into chunks. */

import { SealfoldError } from "../errors.ts";
import type { Source } from "./_sources.ts";
import type { ChunkOptions, PlainChunk } from "./plain-chunk.ts";

/** Makes chunks of what files hold. A chunk may hold records of several files, but no record does. */
export interface RecordReader {
  begin(file: string): void;
  /** @returns memory of its own for the next block, if it has enough; until the next call of anything */
  room?(): Buffer | undefined;
  /**
   * @param block - the next bytes of the file, perhaps at the beginning of `room()`; its memory is used again afterwards
   * @param at - where in the file they lie, if they can be read there again
   */
  read(block: Buffer, at?: number): Iterable<PlainChunk>;
  /** The file ended. */
  end(): Iterable<PlainChunk>;
  /** All files ended. */
  finish(): Iterable<PlainChunk>;
}

/**
 * Deals with the beginning of a file by itself, without the reader, which goes on where it ends.
 * @returns how many bytes of the file that was
 */
export type Ahead<C> = (source: Source, onProgress: (done: number) => void) => AsyncGenerator<C, number, undefined>;

/** @throws {SealfoldError} DATA_EMPTY when there is no record at all, and whatever source and reader throw */
export async function* readChunks<C = never>(
  sources: readonly Source[],
  reader: RecordReader,
  { signal, onProgress }: ChunkOptions,
  ahead?: Ahead<C>,
): AsyncGenerator<PlainChunk | C> {
  const total = totalBytes(sources);
  let read = 0;
  let isEmpty = true;
  for (const source of sources) {
    reader.begin(source.name);
    let given = 0;
    if (ahead !== undefined) given = yield* ahead(source, (done) => onProgress?.(read + done, total));
    if (given > 0) isEmpty = false;
    read += given;
    for await (const block of source.blocks(signal, () => reader.room?.(), given)) {
      const { length } = block; // it may go with the chunk that it becomes part of
      const at = source.size === undefined ? undefined : given + (source.skipped?.() ?? 0);
      for (const chunk of reader.read(block, at)) {
        isEmpty = false;
        yield chunk;
      }
      given += length;
      read += length;
      onProgress?.(read, total);
    }
    for (const chunk of reader.end()) {
      isEmpty = false;
      yield chunk;
    }
  }
  for (const chunk of reader.finish()) {
    isEmpty = false;
    yield chunk;
  }
  if (isEmpty) throw new SealfoldError("DATA_EMPTY", emptyText(sources));
}

function totalBytes(sources: readonly Source[]): number | undefined {
  let total = 0;
  for (const { size } of sources) {
    if (size === undefined) return undefined;
    total += size;
  }
  return total;
}

function emptyText(sources: readonly Source[]): string {
  const [first] = sources;
  return sources.length === 1 && first !== undefined
    ? `${first.name} holds no record`
    : `none of the ${sources.length} files holds a record`;
}
