import { expect } from "chai";
import fc from "fast-check";

import { compareKeys, type KeyKind } from "../../lib/data/keys.ts";

type Scalar = string | number | boolean;
type Key = Scalar | readonly Scalar[];

const scalar = fc.oneof(
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.integer({ min: -3, max: 3 }),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const anyKey: fc.Arbitrary<Key> = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }));

describe("data/keys", () => {
  it("puts booleans before numbers before arrays before strings, each in its own order", () => {
    const inOrder: readonly Key[] = [
      false,
      true,
      -1e300,
      -10,
      -9,
      0,
      1.5,
      2,
      10,
      1e21,
      [],
      [false],
      [true, 5],
      [2],
      [2, 1],
      [10],
      [""],
      ["a"],
      ["a", 1],
      ["b"],
      "",
      "10",
      "2",
      "B",
      "a",
      "aa",
      "é",
      "\ud800",
      "😀",
      "\uffff",
    ];
    expect(inOrder.toReversed().sort(compare)).to.deep.equal(inOrder);
  });

  it("is a total order: antisymmetric, transitive, and 0 for the same key alone", () => {
    fc.assert(
      fc.property(anyKey, anyKey, anyKey, (a, b, c) => {
        expect(Math.sign(compare(a, b))).to.equal(0 - Math.sign(compare(b, a)));
        expect(compare(a, b) === 0).to.equal(text(a) === text(b) && kindOf(a) === kindOf(b));
        const [low, middle, high] = [a, b, c].sort(compare) as [Key, Key, Key];
        expect(compare(low, middle)).to.be.at.most(0);
        expect(compare(middle, high)).to.be.at.most(0);
        expect(compare(low, high)).to.be.at.most(0);
      }),
    );
  });
});

function compare(a: Key, b: Key): number {
  return compareKeys(kindOf(a), text(a), kindOf(b), text(b));
}

function kindOf(key: Key): KeyKind {
  return typeof key === "string" ? 0 : 1;
}

function text(key: Key): string {
  return typeof key === "string" ? key : JSON.stringify(key);
}
