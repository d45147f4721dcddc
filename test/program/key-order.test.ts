import { expect } from "chai";
import * as fc from "fast-check";

import { compareKeys, type KeyKind } from "../../lib/data/keys.ts";
import { Groups } from "../../lib/program/groups.ts";
import { orderOfKeys } from "../../lib/program/key-order.ts";
import { Verdict } from "../../lib/program/verdict.ts";

type AnyKey = string | number | boolean | readonly (string | number | boolean)[];

const limits = { keyBytes: Infinity, outputBytes: Infinity };
const characters = fc.constantFrom("\0", "a", "b", "é", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}");
const text = fc.oneof(
  fc.string({ unit: characters, maxLength: 12 }),
  fc.string({ unit: characters, maxLength: 3 }).map((end) => `the same beginning ${end}`),
);
const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }));

describe("program/key-order", () => {
  it("is that of compareKeys, whatever keys are", () => {
    const key: fc.Arbitrary<AnyKey> = fc.oneof(
      { weight: 4, arbitrary: text },
      scalar,
      fc.array(scalar, { maxLength: 3 }),
    );
    fc.assert(fc.property(fc.array(key, { maxLength: 120 }), expectInOrder), { numRuns: 60 });
  });

  it("is that of compareKeys for many keys that share beginnings", () => {
    expectInOrder(Array.from({ length: 5000 }, (_, index) => `user-${(index * 7919) % 5000}`));
    expectInOrder(Array.from({ length: 300 }, (_, index) => "a".repeat(index)));
    expectInOrder(Array.from({ length: 300 }, (_, index) => "\0".repeat(299 - index)));
  });

  it("is that of compareKeys for many keys of all characters, and where one is the beginning of others", () => {
    const keys = fc.uniqueArray(fc.string({ unit: characters, minLength: 1, maxLength: 30 }), {
      minLength: 2500,
      maxLength: 3000,
      size: "max",
    });
    fc.assert(
      fc.property(keys, fc.constantFrom("", "the same beginning "), (all, start) =>
        expectInOrder([start, ...all.map((key) => start + key)]),
      ),
      { numRuns: 3 },
    );
  });

  it("leaves out what is not there", () => {
    const groups = groupsOf(["c", 1, "a", "b"]);
    const order = orderOfKeys(groups.keys, groups.count, (cell) => cell !== 2);
    expect(Array.from(order, (cell) => groups.textOf(cell))).to.deep.equal(["1", "b", "c"]);
  });
});

function expectInOrder(keys: readonly AnyKey[]): void {
  const groups = groupsOf(keys);
  const order = Array.from(
    orderOfKeys(groups.keys, groups.count, () => true),
    (cell) => shown(groups, cell),
  );
  const wanted = Array.from({ length: groups.count }, (_, cell) => shown(groups, cell));
  wanted.sort((a, b) => compareKeys(a[0], a[1], b[0], b[1]));
  expect(order).to.deep.equal(wanted);
}

function groupsOf(keys: readonly AnyKey[]): Groups {
  const groups = new Groups(new Verdict(), limits, () => undefined);
  for (const key of keys) groups.find(key);
  return groups;
}

function shown(groups: Groups, cell: number): readonly [KeyKind, string] {
  return [groups.kindOf(cell), groups.textOf(cell)];
}
