/**
 * The Merkle tree over an owner's chunk leaves, in the shape of RFC 9162 §2.1.1; and runs of its leaves, each told by the
 * roots of the full subtrees that it consists of. Where those stand, and how high they are, follows from the places of the
 * run's first and last leaf alone, so no node can be passed off as a leaf, nor as a node of another height.
 */

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

/** Leaves that follow one another in a tree: from the `first` on, `count` of them. */
export interface LeafRun {
  readonly first: number;
  readonly count: number;
  /** Of its subtrees, in order: as many as {@link subtreeWidths} says. */
  readonly roots: readonly Digest[];
}

/**
 * Cuts a run of leaves into the fewest full subtrees: each begins at a multiple of its own width. A tree's ragged right
 * edge is made of such ones as well.
 * @returns how many leaves each has, in order: at most twice the binary digits of `count`
 */
export function subtreeWidths(first: number, count: number): readonly number[] {
  const widths: number[] = [];
  const end = first + count;
  let at = first;
  while (at < end) {
    let width = 1;
    while (at % (2 * width) === 0 && at + 2 * width <= end) width *= 2;
    widths.push(width);
    at += width;
  }
  return widths;
}

/**
 * @param first - the place of the first leaf in its tree
 * @returns the roots of the run's subtrees, in order
 */
export function subtreeRoots(first: number, leaves: readonly Digest[]): readonly Digest[] {
  let at = 0;
  return subtreeWidths(first, leaves.length).map((width) => merkleRoot(leaves.slice(at, (at += width))));
}

/**
 * Rebuilds a tree from runs of its leaves.
 * @param runs - in the leaves' order
 * @returns the root, and how many leaves there are; undefined unless the runs cover the leaves from 0 on, each once and
 *   in order, and each has a root for each of its subtrees
 */
export function rootOfRuns(runs: readonly LeafRun[]): { readonly count: number; readonly root: Digest } | undefined {
  const edge: { readonly width: number; readonly root: Digest }[] = []; // full subtrees, ever narrower
  let end = 0;
  for (const { first, count, roots } of runs) {
    const widths = subtreeWidths(first, count);
    if (first !== end || roots.length !== widths.length) return undefined;
    widths.forEach((width, i) => {
      let subtree = { width, root: roots[i] as Digest };
      while (edge.at(-1)?.width === subtree.width) {
        subtree = { width: 2 * subtree.width, root: parent(edge.pop()?.root as Digest, subtree.root) };
      }
      edge.push(subtree);
    });
    end += count;
  }
  return { count: end, root: rootOfEdge(edge.map(({ root }) => root)) };
}

/** A last subtree that has no neighbour of its width is carried up until it meets one (RFC 9162 §2.1.1). */
function rootOfEdge(edge: readonly Digest[]): Digest {
  return edge.length === 0 ? sha256() : edge.reduceRight((right, left) => parent(left, right));
}

function parents(level: readonly Digest[]): readonly Digest[] {
  const above: Digest[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const left = level[at] as Digest;
    const right = level[at + 1];
    above.push(right === undefined ? left : parent(left, right));
  }
  return above;
}

function parent(left: Digest, right: Digest): Digest {
  return sha256(nodePrefix, left, right);
}
