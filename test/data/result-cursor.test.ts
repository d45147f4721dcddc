import { expect } from "chai";
import fc from "fast-check";

import { compareKeys, type KeyKind } from "../../lib/data/keys.ts";
import { ResultWriter } from "../../lib/data/output.ts";
import { ResultCursor } from "../../lib/data/result-cursor.ts";
import { ResultMerge } from "../../lib/data/result-merge.ts";
import { SealfoldError } from "../../lib/errors.ts";

type Row = readonly [kind: KeyKind, key: string];

const row: fc.Arbitrary<Row> = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "é", "\ue000", "\u{10000}"), maxLength: 3 }).map((key): Row => [0, key]),
  fc.string({ unit: "binary", maxLength: 2 }).map((key): Row => [0, key]),
  fc.integer({ min: -20, max: 20 }).map((key): Row => [1, `${key}`]),
);

describe("data/result-cursor", () => {
  it("gives the value that a result is JSON of, whatever it is", () => {
    const integers = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String);
    const text = fc.oneof(
      fc.json(),
      integers,
      fc.double({ noNaN: true }).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (result) => {
        expect(only([0, "key"], result).value()).to.deep.equal(JSON.parse(result));
      }),
    );
    for (const none of ["", "01", "00", "1 2", "0x1"])
      expect(() => only([0, "key"], none).value(), none).to.throw(SyntaxError);
  });

  it("likens keys as compareKeys does, of whatever kind and spelling they are", () => {
    fc.assert(
      fc.property(row, row, (a, b) => {
        expect(Math.sign(only(a).compare(only(b)))).to.equal(Math.sign(compareKeys(...a, ...b)));
      }),
      { numRuns: 500 },
    );
  });

  it("refuses what is no text or is cut, and keys that have another spelling", () => {
    const streams: readonly (readonly number[])[] = [
      [0, 0, 0, 1, 0, 1, 0xff, 1, 0x31],
      [0, 0, 0, 1, 0, 1, 0x61, 1, 0xff],
      [0, 0, 0, 1, 0, 2, 0xc0, 0x80, 1, 0x31],
      [0, 0, 0, 1, 2, 2, 0x61, 0, 1, 0x31],
      [0, 0, 0, 1, 2, 3, 0, 0xd8, 0, 1, 0x31],
      [0, 0, 0, 1, 3, 1, 0x61, 1, 0x31],
      [0, 0, 0, 1, 0, 0x81, 0, 0x61, 1, 0x31],
      [0, 0, 0, 1, 0, 1, 0x61, 2, 0x31],
    ];
    for (const stream of streams)
      expect(codeOf(() => new ResultCursor(Uint8Array.from(stream)).next())).to.equal("OUTPUT_ALTERED");
  });
});

describe("data/result-merge", () => {
  it("goes through any number of partitions in the order of all keys", () => {
    const rows = fc.uniqueArray(row, { selector: ([kind, key]) => `${kind}${key}`, maxLength: 40 });
    fc.assert(
      fc.property(rows, fc.array(fc.nat(6), { minLength: 40, maxLength: 40 }), (all, places) => {
        const inOrder = all.toSorted((a, b) => compareKeys(...a, ...b));
        const streams = Array.from({ length: 7 }, (_, partition) =>
          streamOf(inOrder.filter((_, index) => places[index] === partition)),
        );
        const merge = new ResultMerge(streams);
        const merged: Row[] = [];
        for (let at = merge.next(); at !== undefined; at = merge.next()) merged.push([at.kind, at.key()]);
        expect(merged).to.deep.equal(inOrder);
        expect(merge.next()).to.equal(undefined);
      }),
    );
  });
});

function streamOf(rows: readonly Row[], result = "1"): Uint8Array {
  const writer = new ResultWriter();
  for (const [kind, key] of rows) writer.add(kind, key, result);
  return writer.finish();
}

function only(row: Row, result?: string): ResultCursor {
  const cursor = new ResultCursor(streamOf([row], result));
  expect(cursor.next()).to.equal(true);
  return cursor;
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof SealfoldError ? error.code : String(error);
  }
}
