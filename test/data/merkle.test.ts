import { createHash } from "node:crypto";

import { expect } from "chai";
import fc from "fast-check";

import { toHex, utf8 } from "../../lib/crypto/bytes.ts";
import { type Digest, sha256 } from "../../lib/crypto/hash.ts";
import {
  leafAt,
  type LeafRun,
  merkleRoot,
  rootOfRuns,
  splitLeaves,
  subtreeRoots,
  subtreeWidths,
} from "../../lib/data/merkle.ts";

/** RFC 9162 §2.1.1 as it is written there: split at the largest power of two below n. */
function byDefinition(leaves: readonly Digest[]): Buffer {
  if (leaves.length === 0) return createHash("sha256").digest();
  if (leaves.length === 1) return Buffer.from(leaves[0] as Digest);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [byDefinition(leaves.slice(0, split)), byDefinition(leaves.slice(split))];
  return createHash("sha256").update(Uint8Array.of(1)).update(left).update(right).digest();
}

describe("data/merkle", () => {
  const leaves = Array.from({ length: 70 }, (_, index) => sha256(utf8(`leaf ${index}`)));

  it("is RFC 9162's tree for 0 to 70 leaves", () => {
    for (let count = 0; count <= leaves.length; count++) {
      const some = leaves.slice(0, count);
      expect(toHex(merkleRoot(some)), `${count} leaves`).to.equal(byDefinition(some).toString("hex"));
    }
  });

  it("has its leaves from where they lie one after the other, or none of them where the last is cut", () => {
    const bytes = Buffer.concat(leaves);
    expect(splitLeaves(bytes)).to.deep.equal(leaves);
    expect(splitLeaves(new Uint8Array())).to.deep.equal([]);
    for (const length of [1, 31, 33, bytes.length - 1])
      expect(splitLeaves(bytes.subarray(0, length))).to.equal(undefined);
    expect(leafAt(bytes, 69)).to.deep.equal(leaves[69]);
    expect(() => leafAt(bytes, 70)).to.throw(RangeError);
  });

  it("changes with every leaf, their order and their number", () => {
    const some = leaves.slice(0, 5);
    const roots = [
      some,
      ...some.map((_, at) => some.with(at, leaves[9] as Digest)),
      some.toReversed(),
      some.slice(1),
      [...some, some[4] as Digest],
    ].map((list) => toHex(merkleRoot(list)));
    expect(new Set(roots).size).to.equal(roots.length);
  });
});

describe("data/merkle: runs of leaves", () => {
  const leaves = Array.from({ length: 300 }, (_, index) => sha256(utf8(`leaf ${index}`)));
  const runOf = (first: number, count: number): LeafRun => ({
    first,
    count,
    roots: subtreeRoots(first, leaves.slice(first, first + count)),
  });
  /** Leaves and where they are cut, in order. */
  const cuts = fc
    .integer({ min: 1, max: leaves.length })
    .chain((count) =>
      fc.tuple(fc.constant(count), fc.uniqueArray(fc.integer({ min: 1, max: count }), { maxLength: 40 })),
    )
    .map(([count, inner]) => [...new Set([0, ...inner, count])].sort((a, b) => a - b));
  const runsAt = (places: readonly number[]): readonly LeafRun[] =>
    places.slice(1).map((end, i) => runOf(places[i] as number, end - (places[i] as number)));

  it("have few roots, each of a subtree that is full and begins at a multiple of its width", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.integer({ min: 1, max: 2 ** 20 }), (first, count) => {
        const widths = subtreeWidths(first, count);
        expect(widths.length).to.be.at.most(2 * Math.floor(Math.log2(count) + 1));
        let at = first;
        for (const width of widths) {
          expect(Number.isInteger(Math.log2(width)) && at % width === 0).to.equal(true);
          at += width;
        }
        expect(at).to.equal(first + count);
      }),
    );
    expect(subtreeWidths(64, 64)).to.deep.equal([64]);
    expect(subtreeWidths(0, 7)).to.deep.equal([4, 2, 1]);
    expect(subtreeWidths(3, 9)).to.deep.equal([1, 4, 4]);
    expect(subtreeWidths(5, 0)).to.deep.equal([]);
  });

  it("rebuild the root of the whole tree, wherever they are cut", () => {
    fc.assert(
      fc.property(cuts, (places) => {
        const count = places.at(-1);
        const root = merkleRoot(leaves.slice(0, count));
        expect(rootOfRuns(runsAt(places))).to.deep.equal({ count, root });
      }),
    );
    expect(rootOfRuns([])).to.deep.equal({ count: 0, root: merkleRoot([]) });
  });

  it("rebuild none when one is left out, doubled, moved, or cut otherwise than its place says", () => {
    fc.assert(
      fc.property(cuts, fc.nat(), (places, pick) => {
        const runs = runsAt(places);
        const i = pick % runs.length;
        const run = runs[i] as LeafRun;
        const others = [
          runs.toSpliced(i, 0, run),
          runs.with(i, { ...run, roots: run.roots.slice(1) }),
          runs.with(i, { ...run, roots: [...run.roots, leaves[0] as Digest] }),
          runs.with(i, { ...run, first: run.first + 1 }),
          ...(i + 1 < runs.length ? [runs.toSpliced(i, 1), runs.toSpliced(i, 2, runs[i + 1] as LeafRun, run)] : []),
        ];
        for (const other of others) expect(rootOfRuns(other)).to.equal(undefined);
      }),
    );
  });

  it("rebuild another root with any other root in a subtree's place", () => {
    fc.assert(
      fc.property(cuts, fc.nat(), fc.nat(), (places, pick, at) => {
        const runs = runsAt(places);
        const run = runs[pick % runs.length] as LeafRun;
        const roots = run.roots.with(at % run.roots.length, sha256(utf8("another")));
        const root = rootOfRuns(runs.with(pick % runs.length, { ...run, roots }))?.root;
        expect(root).not.to.deep.equal(merkleRoot(leaves.slice(0, places.at(-1))));
      }),
    );
  });

  it("pass no subtree off as a leaf or as one of another height: the same nodes under other places are another tree", () => {
    const [one, two, three, four] = leaves as [Digest, Digest, Digest, Digest];
    const [left, right] = [merkleRoot([one, two]), merkleRoot([three, four])];
    const root = merkleRoot([left, right]);
    expect(root).to.deep.equal(merkleRoot([one, two, three, four]));
    const of = (first: number, count: number, ...roots: readonly Digest[]): LeafRun => ({ first, count, roots });
    expect(rootOfRuns([of(0, 4, root)])).to.deep.equal({ count: 4, root });
    expect(rootOfRuns([of(0, 2, left, right)])).to.equal(undefined);
    expect(rootOfRuns([of(0, 1, left), of(1, 1, right)])).to.deep.equal({ count: 2, root }); // its number tells
    expect(rootOfRuns([of(0, 1, left), of(1, 3, three, right)])?.root).not.to.deep.equal(root);
    expect(rootOfRuns([of(0, 3, left, right), of(3, 1, four)])?.root).not.to.deep.equal(root);
    expect(rootOfRuns([of(0, 4, one, two, right)])).to.equal(undefined);
  });
});
