/**
 * Which partition a key falls into: SipHash-2-4 under the job's secret seed (Aumasson and Bernstein, "SipHash: a fast
 * short-input PRF", 2012), so that who sees the sizes of partitions cannot tell which keys they hold. Words of 64 bits
 * are two halves of 32: BigInt would be fifty times slower.
 */

import { expectLength } from "../crypto/bytes.ts";

/** Length of a seed, in bytes. */
export const seedLength = 16;

export const maxPartitions = 65_536;

/** The four words of the state, each low half first, and the key; reused from call to call. */
type State = Int32Array;

/** SipHash-2-4 under one key. */
export class SipHash {
  readonly #key: DataView;
  readonly #state: State = new Int32Array(8);

  /** @param key - 16 bytes, copied */
  constructor(key: Uint8Array) {
    expectLength("key", key, seedLength);
    this.#key = new DataView(Uint8Array.from(key).buffer);
  }

  /** @returns the upper 32 bits of the hash of `bytes[start..end)`, unsigned. */
  high(bytes: Uint8Array, start: number, end: number): number {
    const v = this.#hash(bytes, start, end);
    return (v[1]! ^ v[3]! ^ v[5]! ^ v[7]!) >>> 0;
  }

  /** @returns the whole hash of `bytes`: 8 bytes, big-endian. */
  digest(bytes: Uint8Array): Uint8Array {
    const v = this.#hash(bytes, 0, bytes.length);
    const out = new DataView(new ArrayBuffer(8));
    out.setInt32(0, v[1]! ^ v[3]! ^ v[5]! ^ v[7]!);
    out.setInt32(4, v[0]! ^ v[2]! ^ v[4]! ^ v[6]!);
    return new Uint8Array(out.buffer);
  }

  /** §2.1 initialisation, §2.2 compression, §2.3 finalisation. */
  #hash(bytes: Uint8Array, start: number, end: number): State {
    const v = this.#state;
    initialise(v, this.#key);
    const whole = start + ((end - start) & ~7);
    for (let at = start; at < whole; at += 8) compress(v, word(bytes, at), word(bytes, at + 4));
    let low = 0;
    let high = (end - start) << 24; // the last word's top byte is the length modulo 256
    for (let at = whole, shift = 0; at < end; at++, shift += 8) {
      if (shift < 32) low |= bytes[at]! << shift;
      else high |= bytes[at]! << (shift - 32);
    }
    compress(v, low, high);
    v[4]! ^= 0xff;
    rounds(v, 4);
    return v;
  }
}

/** Spreads keys over partitions evenly and secretly. */
export class Partitioner {
  readonly #hash: SipHash;
  readonly #partitions: number;

  /** @param seed - 16 bytes, copied */
  constructor(seed: Uint8Array, partitions: number) {
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > maxPartitions) {
      throw new RangeError(`"partitions" expected 1 to ${maxPartitions}, got ${partitions}`);
    }
    this.#hash = new SipHash(seed);
    this.#partitions = partitions;
  }

  /** @returns the partition, from 0, of the encoded key in `bytes[start..end)`. */
  of(bytes: Uint8Array, start: number, end: number): number {
    if (this.#partitions === 1) return 0;
    return Math.floor((this.#hash.high(bytes, start, end) / 2 ** 32) * this.#partitions); // exact: 48 bits at most
  }
}

/** @returns the partition, from 0, of one encoded key. */
export function partitionOf(seed: Uint8Array, encodedKey: Uint8Array, partitions: number): number {
  return new Partitioner(seed, partitions).of(encodedKey, 0, encodedKey.length);
}

function initialise(v: State, key: DataView): void {
  const k0l = key.getInt32(0, true);
  const k0h = key.getInt32(4, true);
  const k1l = key.getInt32(8, true);
  const k1h = key.getInt32(12, true);
  v[0] = k0l ^ 0x70736575;
  v[1] = k0h ^ 0x736f6d65;
  v[2] = k1l ^ 0x6e646f6d;
  v[3] = k1h ^ 0x646f7261;
  v[4] = k0l ^ 0x6e657261;
  v[5] = k0h ^ 0x6c796765;
  v[6] = k1l ^ 0x79746573;
  v[7] = k1h ^ 0x74656462;
}

function compress(v: State, low: number, high: number): void {
  v[6]! ^= low;
  v[7]! ^= high;
  rounds(v, 2);
  v[0]! ^= low;
  v[1]! ^= high;
}

/** SipRound, figure 2.1. A carry is seen by the sum of the low halves being below a summand. */
function rounds(v: State, count: number): void {
  let v0l = v[0]!;
  let v0h = v[1]!;
  let v1l = v[2]!;
  let v1h = v[3]!;
  let v2l = v[4]!;
  let v2h = v[5]!;
  let v3l = v[6]!;
  let v3h = v[7]!;
  let t = 0;
  for (let round = 0; round < count; round++) {
    v0l = (v0l + v1l) | 0;
    v0h = (v0h + v1h + (v0l >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
    t = v1l;
    v1l = ((v1l << 13) | (v1h >>> 19)) ^ v0l;
    v1h = ((v1h << 13) | (t >>> 19)) ^ v0h;
    t = v0l;
    v0l = v0h;
    v0h = t;
    v2l = (v2l + v3l) | 0;
    v2h = (v2h + v3h + (v2l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
    t = v3l;
    v3l = ((v3l << 16) | (v3h >>> 16)) ^ v2l;
    v3h = ((v3h << 16) | (t >>> 16)) ^ v2h;
    v0l = (v0l + v3l) | 0;
    v0h = (v0h + v3h + (v0l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
    t = v3l;
    v3l = ((v3l << 21) | (v3h >>> 11)) ^ v0l;
    v3h = ((v3h << 21) | (t >>> 11)) ^ v0h;
    v2l = (v2l + v1l) | 0;
    v2h = (v2h + v1h + (v2l >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
    t = v1l;
    v1l = ((v1l << 17) | (v1h >>> 15)) ^ v2l;
    v1h = ((v1h << 17) | (t >>> 15)) ^ v2h;
    t = v2l;
    v2l = v2h;
    v2h = t;
  }
  v[0] = v0l;
  v[1] = v0h;
  v[2] = v1l;
  v[3] = v1h;
  v[4] = v2l;
  v[5] = v2h;
  v[6] = v3l;
  v[7] = v3h;
}

/** @returns four bytes, little-endian. */
function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
