/**
 * A stream sealed in blocks of one size under a key of its own: what both cells and outputs are made of. Before the
 * blocks are cut, the stream gets its u32 big-endian length in front and zeros behind.
 */

import { aesGcm, nonceLength, tagLength } from "../crypto/aead.ts";
import { type Memory, unwrittenBytes } from "../crypto/memory.ts";

/** Plaintext bytes of a block; the last one may be shorter. */
export const blockBytes = 65_536;

/** Bytes in front of the stream. */
export const prefixBytes = 4;

const maxStreamBytes = 2 ** 32 - 1 - prefixBytes;
const sealedBlockBytes: number = blockBytes + tagLength;
const zeros: Uint8Array = new Uint8Array(blockBytes);

/** The associated data of the `index`-th of `total` blocks. */
export type BlockData = (index: number, total: number) => Uint8Array;

/** @returns bytes of plaintext, or `undefined` when no sealed stream is `sealedBytes` long. */
export function plainLength(sealedBytes: number): number | undefined {
  const rest = sealedBytes % sealedBlockBytes;
  if (sealedBytes === 0 || (rest > 0 && rest <= tagLength)) return undefined;
  return sealedBytes - Math.ceil(sealedBytes / sealedBlockBytes) * tagLength;
}

/** @returns bytes that so much plaintext takes when it is sealed */
export function sealedLength(paddedBytes: number): number {
  return paddedBytes + Math.ceil(paddedBytes / blockBytes) * tagLength;
}

/** How a stream is sealed. */
export interface BlockSealing {
  /** It must never have sealed another stream: the nonce of a block is its index. */
  readonly key: Uint8Array;
  /** Plaintext bytes in all, at least those of the stream and 4. */
  readonly paddedBytes: number;
  readonly dataOf: BlockData;
  /** Gives so many bytes, of whatever content but for the stream, which may lie there already, behind 4 of them. Default: new ones. */
  readonly memory?: Memory | undefined;
}

/** @returns the sealed blocks one after the other, each 16 bytes longer than its plaintext, in that memory */
export function sealBlocks(
  { key, paddedBytes, dataOf, memory = unwrittenBytes }: BlockSealing,
  stream: Uint8Array,
): Uint8Array {
  const { length } = stream;
  if (length > maxStreamBytes || paddedBytes < length + prefixBytes) {
    throw new RangeError(`"stream" expected at most ${paddedBytes - prefixBytes} bytes, got ${length}`);
  }
  const sealed = memory(sealedLength(paddedBytes));
  if (stream.buffer !== sealed.buffer || stream.byteOffset !== sealed.byteOffset + prefixBytes) {
    sealed.set(stream, prefixBytes);
  }
  new DataView(sealed.buffer, sealed.byteOffset).setUint32(0, length);
  sealed.fill(0, prefixBytes + length, paddedBytes);
  const total = Math.ceil(paddedBytes / blockBytes);
  // From the last to the first: a block goes where it is, or further on, over what was sealed before. It is one piece for
  // the cipher, which reads it before it writes.
  for (let index = total - 1; index >= 0; index--) {
    const plain = sealed.subarray(index * blockBytes, Math.min((index + 1) * blockBytes, paddedBytes));
    const start = index * sealedBlockBytes;
    const block = sealed.subarray(start, start + plain.length + tagLength);
    aesGcm.sealInto({ key, nonce: nonceOf(index), data: dataOf(index, total) }, plain, block);
  }
  return sealed;
}

/**
 * @param memory - gives so many bytes to open into, of whatever content
 * @returns the stream, in that memory; `undefined` when anything was altered, or what was sealed is no stream
 */
export function openBlocks(
  key: Uint8Array,
  sealed: Uint8Array,
  dataOf: BlockData,
  memory: (length: number) => Uint8Array = unwrittenBytes,
): Uint8Array | undefined {
  const length = plainLength(sealed.length);
  if (length === undefined) return undefined;
  const padded = memory(length);
  const total = Math.ceil(sealed.length / sealedBlockBytes);
  for (let index = 0; index < total; index++) {
    const block = sealed.subarray(index * sealedBlockBytes, (index + 1) * sealedBlockBytes);
    const plain = padded.subarray(index * blockBytes, (index + 1) * blockBytes);
    if (aesGcm.openInto({ key, nonce: nonceOf(index), data: dataOf(index, total) }, block, plain)) continue;
    padded.fill(0);
    return undefined;
  }
  return unpad(padded);
}

function unpad(padded: Uint8Array): Uint8Array | undefined {
  if (padded.length < prefixBytes) return undefined;
  const end = new DataView(padded.buffer, padded.byteOffset).getUint32(0) + prefixBytes;
  if (end > padded.length || !isZero(padded.subarray(end))) return undefined;
  return padded.subarray(prefixBytes, end);
}

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (Buffer.compare(part, zeros.subarray(0, part.length)) !== 0) return false;
  }
  return true;
}

/** 12 bytes: four zeros and the index, big-endian (indices fit 32 bits). */
function nonceOf(index: number): Uint8Array {
  const nonce = new Uint8Array(nonceLength);
  new DataView(nonce.buffer).setUint32(nonceLength - 4, index);
  return nonce;
}
