/**
 * A cell: what one attempt at one task sends to one partition, in batches of one size. Every cell of an attempt has as
 * many batches as the fullest, so that sizes tell neither which partition is full nor which is empty.
 */

import { context } from "../crypto/context.ts";
import { SealfoldError } from "../errors.ts";
import { type BlockData, blockBytes, openBlocks, plainLength, prefixBytes, sealBlocks } from "./_blocks.ts";

/** Plaintext bytes of a batch. Sealed, it is 16 longer. */
export const batchBytes: number = blockBytes;

/** Which cell. It stands in every batch's associated data. */
export interface CellPlace {
  readonly jobId: Uint8Array;
  readonly task: number;
  /** 16 bytes. */
  readonly attempt: Uint8Array;
  readonly partition: number;
}

/** What one cell is opened with. */
export interface CellOpening {
  readonly key: Uint8Array;
  readonly place: CellPlace;
  /** Gives so many bytes, of whatever content, which the stream is then a part of. Default: new ones. */
  readonly memory?: (length: number) => Uint8Array;
}

/** @returns how many batches every cell of an attempt gets that wrote `streams`: those of the longest, at least one. */
export function cellBatches(streams: readonly Uint8Array[]): number {
  const longest = streams.reduce((most, stream) => Math.max(most, stream.length), 0);
  return Math.ceil((longest + prefixBytes) / batchBytes);
}

/**
 * @param key - 32 bytes that seal this cell and nothing else: batches count their nonces from 0
 * @returns `batches * (batchBytes + 16)` bytes, owned by the caller
 * @throws {RangeError} when `stream` does not fit into `batches`
 */
export function sealCell(key: Uint8Array, place: CellPlace, stream: Uint8Array, batches: number): Uint8Array {
  return sealBlocks({ key, paddedBytes: batches * batchBytes, dataOf: batchData(place) }, stream);
}

/**
 * @param batches - as the attempt's manifest says
 * @returns the stream, owned by the caller
 * @throws {SealfoldError} BATCH_ALTERED unless `sealed` is this cell, whole and unchanged
 */
export function openCell({ key, place, memory }: CellOpening, sealed: Uint8Array, batches: number): Uint8Array {
  const whole = plainLength(sealed.length) === batches * batchBytes;
  const stream = whole ? openBlocks(key, sealed, batchData(place), memory) : undefined;
  if (stream === undefined) throw new SealfoldError("BATCH_ALTERED", undefined, { task: place.task });
  return stream;
}

function batchData(place: CellPlace): BlockData {
  const { jobId, task, attempt, partition } = place;
  return (index, total) => context("batch", jobId, task, attempt, partition, index, total);
}
