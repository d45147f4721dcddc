import { createHash } from "node:crypto";

import { expect } from "chai";

import { toHex, utf8 } from "../../lib/crypto/bytes.ts";
import { type Digest, sha256 } from "../../lib/crypto/hash.ts";
import { leafAt, merkleRoot, splitLeaves } from "../../lib/data/merkle.ts";

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
