/**
 * A stream sealed in blocks of one size under a key of its own: what both cells and outputs are made of. Before the
 * blocks are cut, the stream gets its u32 big-endian length in front and zeros behind.
 */

import { aesGcm, nonceLength, tagLength } from "../crypto/aead.ts";
import { unwrittenBytes } from "../crypto/memory.ts";

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

/**
 * The nonce of a block is its index: `key` must never have sealed another stream.
 * @param paddedBytes - plaintext bytes in all, at least `stream.length + 4`
 * @returns the sealed blocks one after the other, each 16 bytes longer than its plaintext
 */
export function sealBlocks(key: Uint8Array, stream: Uint8Array, paddedBytes: number, dataOf: BlockData): Uint8Array {
  if (stream.length > maxStreamBytes || paddedBytes < stream.length + prefixBytes) {
    throw new RangeError(`"stream" expected at most ${paddedBytes - prefixBytes} bytes, got ${stream.length}`);
  }
  const total = Math.ceil(paddedBytes / blockBytes);
  const sealed = unwrittenBytes(paddedBytes + total * tagLength);
  for (let index = 0; index < total; index++) {
    const block = sealed.subarray(index * sealedBlockBytes, (index + 1) * sealedBlockBytes);
    const plain = block.subarray(0, block.length - tagLength);
    fillBlock(plain, stream, index * blockBytes);
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

/** Writes what stands at `start` of prefix, stream and padding. */
function fillBlock(block: Uint8Array, stream: Uint8Array, start: number): void {
  const skip = start === 0 ? prefixBytes : 0;
  if (start === 0) new DataView(block.buffer, block.byteOffset).setUint32(0, stream.length);
  const from = start + skip - prefixBytes;
  const part = stream.subarray(from, from + block.length - skip);
  block.set(part, skip);
  block.fill(0, skip + part.length);
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
