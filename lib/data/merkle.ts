/** The Merkle tree over an owner's chunk leaves, in the shape of RFC 9162 §2.1.1. */

import { type Digest, digest, sha256 } from "../crypto/hash.ts";

const nodePrefix = Uint8Array.of(0x01);
const leafBytes = 32;

/** @returns the leaves of a tree that lie one after the other; undefined when the last one is not whole */
export function splitLeaves(bytes: Uint8Array): readonly Digest[] | undefined {
  if (bytes.length % leafBytes !== 0) return undefined;
  return Array.from({ length: bytes.length / leafBytes }, (_, i) => leafAt(bytes, i));
}

/**
 * Leaves stay as they came: an object for each would take many times their memory.
 * @returns a copy of one of them
 * @throws {RangeError} when there are fewer
 */
export function leafAt(bytes: Uint8Array, index: number): Digest {
  return digest(bytes.slice(index * leafBytes, (index + 1) * leafBytes));
}

/**
 * Pairs neighbours level by level and carries an odd last one up unchanged, which is the same tree as splitting at the
 * largest power of two below the number of leaves.
 * @param leaves - leaf hashes, already made with their own prefix 0x00
 * @returns the root; of no leaves, the hash of nothing; of one leaf, that leaf
 */
export function merkleRoot(leaves: readonly Digest[]): Digest {
  let level = leaves;
  while (level.length > 1) level = parents(level);
  return level[0] ?? sha256();
}

function parents(level: readonly Digest[]): readonly Digest[] {
  const above: Digest[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const left = level[at] as Digest;
    const right = level[at + 1];
    above.push(right === undefined ? left : sha256(nodePrefix, left, right));
  }
  return above;
}
