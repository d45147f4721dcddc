import { expect } from "chai";
import * as fc from "fast-check";

import { compareKeys } from "../../lib/data/keys.ts";
import { KeyDigits } from "../../lib/program/key-digits.ts";

const characters = fc.constantFrom("\0", "0", "1", "é", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}");

describe("program/key-digits", () => {
  it("are in the order of their keys, and the same only where keys are the same up to their depth", () => {
    const keys = fc.uniqueArray(fc.string({ unit: characters, maxLength: 12 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(keys, fc.constantFrom("", "user-"), (all, start) => {
        const sorted = all.map((key) => start + key).sort((a, b) => compareKeys(0, a, 0, b));
        const { digits, cells } = digitsOf(sorted);
        for (const cell of cells.subarray(1)) {
          const [before, digit] = [digits.of(cell - 1), digits.of(cell)];
          expect(digit)
            .to.be.at.least(before)
            .and.below(2 ** 32);
          const isSame = startOf(sorted[cell - 1], digits.depth).equals(startOf(sorted[cell], digits.depth));
          expect(digit === before).to.equal(isSame);
        }
      }),
    );
  });

  it("tell a million figures apart, whatever all keys begin with", () => {
    const keys = ["000000", "000001", "000010", "123456", "987650", "999999"].map((figures) => `station/${figures};`);
    const { digits, cells } = digitsOf([..."0123456789"].map((figure) => `station/${figure.repeat(6)};`).concat(keys));
    expect(digits.depth).to.be.at.least("station/000000".length);
    expect(new Set(Array.from(cells, (cell) => digits.of(cell))).size).to.equal(14);
  });
});

function digitsOf(keys: readonly string[]): { readonly digits: KeyDigits; readonly cells: Int32Array } {
  const starts = Int32Array.of(0, ...keys.map((_, index) => Buffer.byteLength(keys.slice(0, index + 1).join(""))));
  const cells = Int32Array.from(keys, (_, cell) => cell);
  return { digits: new KeyDigits({ bytes: Buffer.from(keys.join("")), starts }, cells), cells };
}

function startOf(key: string | undefined, bytes: number): Buffer {
  return Buffer.from(key ?? "").subarray(0, bytes);
}
