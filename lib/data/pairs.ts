/**
 * A map's output as bytes. One stream per partition: u32 number of pairs, then for each pair its key (u8 kind, varint
 * length, bytes), a varint count of values, and a state (varint length, UTF-8). Numbers of 32 bits are big-endian,
 * varints LEB128.
 */

import { ByteReader } from "./_byte-reader.ts";
import { ByteWriter } from "./_byte-writer.ts";
import type { KeyKind } from "./keys.ts";
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

const countBytes = 4;
const firstCapacity = 4096;

/** Spreads pairs over the partitions' streams. */
export class PairWriter {
  readonly #partitioner: Partitioner;
  readonly #streams: readonly ByteWriter[];
  readonly #counts: number[];
  readonly #pair = new ByteWriter(firstCapacity);

  /** @param seed - 16 bytes, secret: whoever has it can tell which keys share a partition */
  constructor(partitions: number, seed: Uint8Array) {
    this.#partitioner = new Partitioner(seed, partitions);
    this.#streams = Array.from({ length: partitions }, () => emptyStream());
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

  /** @returns one stream per partition, each without a copy; the writer is then done. */
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

function emptyStream(): ByteWriter {
  const stream = new ByteWriter(firstCapacity);
  stream.append(new Uint8Array(countBytes), countBytes);
  return stream;
}
