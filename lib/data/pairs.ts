/**
 * A map's output as bytes. One stream per partition: u32 number of pairs, then for each pair its key (u8 kind, varint
 * length, bytes), a varint count of values, and a state (varint length, UTF-8). Numbers of 32 bits are big-endian,
 * varints LEB128.
 */

import { isUtf8 } from "node:buffer";

import { SealfoldError } from "../errors.ts";
import { ByteReader } from "./_byte-reader.ts";
import { ByteWriter } from "./_byte-writer.ts";
import type { KeyKind } from "./keys.ts";
import { found, PairReader } from "./pair-reader.ts";
import { Partitioner } from "./partition.ts";

export { compareKeys, type KeyKind } from "./keys.ts";

/** Everything that one task emitted under one key. */
export interface Pair {
  readonly kind: KeyKind;
  readonly key: string;
  /** How many emitted values are in `state`. */
  readonly values: number;
  /** JSON text of the accumulator, or of the array of values. */
  readonly state: string;
}

/** What {@link readPairs} hands out, pair by pair. */
export type PairVisitor = (kind: KeyKind, key: string, values: number, state: string) => void;

/** Where in a stream its pairs begin. */
export const pairsStart = 4;
const firstCapacity = 4096;

/** Spreads pairs over the partitions' streams. */
export class PairWriter {
  readonly #partitioner: Partitioner;
  readonly #streams: readonly ByteWriter[];
  readonly #counts: number[];
  readonly #pair = new ByteWriter(firstCapacity);
  readonly #reader = new PairReader(new Uint8Array());

  /** @param seed - 16 bytes, secret: whoever has it can tell which keys share a partition */
  constructor(partitions: number, seed: Uint8Array) {
    this.#partitioner = new Partitioner(seed, partitions);
    this.#streams = Array.from({ length: partitions }, () => beginStream(new ByteWriter(firstCapacity)));
    this.#counts = Array.from({ length: partitions }, () => 0);
  }

  /** Pairs so far, per partition. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  /**
   * @throws {TypeError} when `state` has a lone surrogate; keys may have them
   * @throws {SealfoldError} LIMIT_OUTPUT when a partition's stream grows over 2 GiB
   */
  add(pair: Pair): void {
    const encoded = this.#pair;
    encoded.clear();
    encoded.key(pair.kind, pair.key);
    const partition = this.#partitioner.of(encoded.bytes, 0, encoded.length);
    encoded.varint(pair.values);
    encoded.text(pair.state);
    this.#streams[partition]!.append(encoded.bytes, encoded.length);
    this.#counts[partition]! += 1;
  }

  /**
   * Adds pairs as an engine packs them: one after the other, each as it stands in a stream.
   * @param share - how much of all pairs that is, with those before it: from 0 to 1, or 0 where nobody knows
   * @throws {SealfoldError} BUG unless they are whole, and their keys UTF-8; LIMIT_OUTPUT as {@link add}
   */
  addPacked(bytes: Uint8Array, share = 0): void {
    const reader = this.#reader;
    reader.begin(bytes, 0, bytes.length);
    while (reader.at < bytes.length) {
      const start = reader.at;
      if (reader.next() !== found.pair || !isText(bytes, reader.keyStart, reader.keyEnd)) {
        throw new SealfoldError("BUG");
      }
      const partition = this.#partitioner.of(bytes, start, reader.keyEnd);
      this.#streams[partition]!.copy(bytes, start, reader.at);
      this.#counts[partition]! += 1;
    }
    for (const stream of this.#streams) stream.expect(share);
  }

  /** Begins anew, in the memory of what {@link finish} gave: nobody must need that any more. */
  clear(): void {
    for (const stream of this.#streams) beginStream(stream);
    this.#counts.fill(0);
  }

  /** @returns one stream per partition, each without a copy; the writer is then done until it is cleared. */
  finish(): readonly Uint8Array[] {
    return this.#streams.map((stream, partition) => {
      stream.setUint32(0, this.#counts[partition]!);
      return stream.finish();
    });
  }
}

/**
 * Hands out a partition's pairs in the order in which they were added.
 * @throws {SealfoldError} BATCH_ALTERED when `stream` is malformed; pairs before that place were handed out
 */
export function readPairs(stream: Uint8Array, visit: PairVisitor): void {
  const reader = new ByteReader(stream, "BATCH_ALTERED");
  for (let left = reader.uint32(); left > 0; left--) {
    const key = reader.key();
    const kind = reader.kind;
    const values = reader.varint();
    visit(kind, key, values, reader.text());
  }
  reader.expectEnd();
}

/**
 * @returns how many pairs a stream says that it has
 * @throws {SealfoldError} BATCH_ALTERED where it does not even say that
 */
export function pairCount(stream: Uint8Array): number {
  return new ByteReader(stream, "BATCH_ALTERED").uint32();
}

/** How much pairs are. */
export interface PairsSize {
  readonly pairs: number;
  /** Of their keys, at most. */
  readonly bytes: number;
}

/** Bytes of a pair of empty parts. */
const leastPair = 4;

/**
 * @returns how many pairs streams say that they have, but no more than there is room for in them
 * @throws {SealfoldError} BATCH_ALTERED where one does not even say that
 */
export function sizeOfPairs(streams: readonly Uint8Array[]): PairsSize {
  let pairs = 0;
  let bytes = 0;
  for (const stream of streams) {
    const most = stream.length - pairsStart;
    const there = Math.min(pairCount(stream), Math.floor(most / leastPair));
    pairs += there;
    bytes += most - there * leastPair;
  }
  return { pairs, bytes };
}

/** @returns whether `bytes[start..end)` is UTF-8 */
export function isText(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  for (let at = start; at < end; at++) bits |= bytes[at]!;
  return bits < 0x80 || isUtf8(bytes.subarray(start, end));
}

function beginStream(stream: ByteWriter): ByteWriter {
  stream.clear();
  stream.append(new Uint8Array(pairsStart), pairsStart);
  return stream;
}
