/**
 * A reducer's results for one output, as bytes and sealed. The stream: u32 big-endian number of results, then for each
 * its key as in pairs and the JSON text of the result (varint length, UTF-8). Before sealing it is padded with Padmé
 * (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", 2019, §4), which adds at most 12 % and leaves of a
 * size no more than its magnitude.
 */

import { context } from "../crypto/context.ts";
import { type Memory, unwrittenBytes } from "../crypto/memory.ts";
import { SealfoldError } from "../errors.ts";
import { type BlockData, openBlocks, plainLength, prefixBytes, sealBlocks, sealedLength } from "./_blocks.ts";
import { ByteWriter } from "./_byte-writer.ts";
import type { KeyKind } from "./keys.ts";
import { found, PairReader } from "./pair-reader.ts";
import { isText } from "./pairs.ts";
import { ResultCursor } from "./result-cursor.ts";

/** Which sealed result. It stands in every block's associated data. */
export interface OutputPlace {
  readonly jobId: Uint8Array;
  /** The output's name in the policy. */
  readonly output: string;
  readonly partition: number;
  /** 16 bytes. */
  readonly attempt: Uint8Array;
}

/** One line of an output. */
export interface KeyedResult {
  readonly kind: KeyKind;
  readonly key: string;
  /** JSON text. */
  readonly result: string;
}

/** No sealed output has less plaintext than this, in bytes: few results look like none. */
export const minOutputBytes = 4096;

const headBytes = prefixBytes + 4;

/** A result as an engine packs it, where it lies. */
export interface PackedResult {
  readonly bytes: Uint8Array;
  /** Where its key, written as in pairs, begins and ends. */
  readonly start: number;
  readonly keyEnd: number;
  /** Where its JSON text begins and ends. */
  readonly resultStart: number;
  readonly end: number;
  readonly values: number;
  readonly owners: number;
}

/**
 * Takes packed results apart: each like a pair, with a varint, of how many owners the values were, and the JSON text in
 * place of a state.
 * @throws {SealfoldError} BUG unless they are whole, and UTF-8
 */
export function eachPacked(bytes: Uint8Array, visit: (result: PackedResult) => void): void {
  const reader = new PairReader(bytes);
  reader.begin(bytes, 0, bytes.length);
  while (reader.at < bytes.length) {
    const start = reader.at;
    if (reader.next() !== found.pair) throw new SealfoldError("BUG");
    const { keyStart, keyEnd, values, stateStart, stateEnd: end } = reader;
    reader.at = stateStart;
    const owners = reader.varint();
    const resultStart = reader.at;
    reader.at = end;
    const isWhole = owners >= 0 && resultStart <= end;
    if (!isWhole || !isText(bytes, keyStart, keyEnd) || !isText(bytes, resultStart, end))
      throw new SealfoldError("BUG");
    visit({ bytes, start, keyEnd, resultStart, end, values, owners });
  }
}

/** Collects an output's results in order. */
export class ResultWriter {
  /** Behind room for what stands before a stream that is sealed. */
  readonly #stream = new ByteWriter(minOutputBytes);
  #count = 0;

  constructor() {
    this.#stream.append(new Uint8Array(headBytes), headBytes);
  }

  /**
   * Where it is sealed: in the memory where it is already, if that is of the right size.
   * @see {@link OutputSealing.memory}
   */
  readonly memory: Memory = (length) => this.#stream.giveAway(length) ?? unwrittenBytes(length);

  /** @param share - how much of all results was added, from 0 to 1, so that all of them find room at once, sealed too */
  expect(share: number): void {
    this.#stream.expect(share, (length) => sealedLength(paddedLength(length)));
  }

  /**
   * @throws {TypeError} when `result` has a lone surrogate; keys may have them
   * @throws {SealfoldError} LIMIT_OUTPUT when the stream grows over 2 GiB
   */
  add(kind: KeyKind, key: string, result: string): void {
    this.#stream.key(kind, key);
    this.#stream.text(result);
    this.#count += 1;
  }

  /** Adds a result that is bytes already. */
  copy({ bytes, start, keyEnd, resultStart, end }: PackedResult): void {
    this.#stream.copy(bytes, start, keyEnd);
    this.#stream.varint(end - resultStart);
    this.#stream.copy(bytes, resultStart, end);
    this.#count += 1;
  }

  /** @returns the stream, without a copy; the writer is then done. */
  finish(): Uint8Array {
    this.#stream.setUint32(prefixBytes, this.#count);
    return this.#stream.finish().subarray(prefixBytes);
  }
}

/**
 * Yields a stream's results in the order in which they were added.
 * @throws {SealfoldError} OUTPUT_ALTERED when `stream` is malformed
 */
export function* readResults(stream: Uint8Array): Generator<KeyedResult, void, undefined> {
  for (const cursor = new ResultCursor(stream); cursor.next();) {
    yield { kind: cursor.kind, key: cursor.key(), result: cursor.result() };
  }
}

/** What one output is sealed with. */
export interface OutputSealing {
  /** 32 bytes that seal this output and nothing else: blocks count their nonces from 0. */
  readonly key: Uint8Array;
  readonly place: OutputPlace;
  /** Gives so many bytes to seal in, as a {@link ResultWriter} does of its stream. Default: new ones. */
  readonly memory?: Memory;
}

/** @returns the sealed output in that memory, of which nothing else is left */
export function sealOutput({ key, place, memory }: OutputSealing, stream: Uint8Array): Uint8Array {
  const paddedBytes = paddedLength(stream.length + prefixBytes);
  return sealBlocks({ key, paddedBytes, dataOf: outputData(place), memory }, stream);
}

/**
 * @returns the stream, owned by the caller
 * @throws {SealfoldError} OUTPUT_ALTERED unless `sealed` is this output, whole and unchanged
 */
export function openOutput(key: Uint8Array, place: OutputPlace, sealed: Uint8Array): Uint8Array {
  const stream = openBlocks(key, sealed, outputData(place));
  if (stream === undefined || plainLength(sealed.length) !== paddedLength(stream.length + prefixBytes)) {
    throw new SealfoldError("OUTPUT_ALTERED", `output ${place.output}, partition ${place.partition}, was altered`);
  }
  return stream;
}

/**
 * Padmé, algorithm 1: as many low bits are zero as the exponent's own length leaves of the exponent.
 * @param length - bytes, below 2^32
 * @returns the padded length in bytes
 */
export function padme(length: number): number {
  if (length < 2) return length;
  const exponent = magnitude(length);
  const lowBits = exponent - (magnitude(exponent || 1) + 1);
  return lowBits <= 0 ? length : Math.ceil(length / 2 ** lowBits) * 2 ** lowBits;
}

/** The whole part of the binary logarithm of an integer from 1 to 2^32 - 1. */
function magnitude(value: number): number {
  return 31 - Math.clz32(value);
}

/** @param length - of a stream and what stands before it */
function paddedLength(length: number): number {
  return Math.max(minOutputBytes, padme(length));
}

function outputData(place: OutputPlace): BlockData {
  const { jobId, output, partition, attempt } = place;
  return (index, total) => context("output", jobId, output, partition, attempt, index, total);
}
