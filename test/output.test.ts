import { expect } from "chai";
import * as fc from "fast-check";

import { compareKeys, type KeyKind } from "../lib/data/keys.ts";
import { ResultWriter } from "../lib/data/output.ts";
import { Output } from "../lib/output.ts";

type Row = readonly [kind: KeyKind, key: string];

const row: fc.Arbitrary<Row> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 3 }).map((key): Row => [0, key]),
  fc.integer({ min: -20, max: 20 }).map((key): Row => [1, `${key}`]),
);

describe("output", () => {
  it("is in one order, however many partitions it came in, and whether they were in order or not", () => {
    const rows = fc.uniqueArray(row, { selector: ([kind, key]) => `${kind}${key}`, maxLength: 60 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 9 }), fc.boolean(), (all, partitions, sorted) => {
        const inOrder = all.toSorted((a, b) => compareKeys(...a, ...b));
        const given = sorted ? inOrder : all;
        const streams = Array.from({ length: partitions }, (_, partition) =>
          streamOf(given.filter((_, index) => index % partitions === partition)),
        );
        const output = Output.fromPartitions(streams);
        expect(Array.from(output, ([key]) => key)).to.deep.equal(
          inOrder.map(([kind, key]) => (kind === 0 ? key : Number(key))),
        );
        expect(output.size).to.equal(all.length);
      }),
    );
  });

  it("is empty where there are no partitions", () => {
    expect(Output.fromPartitions([]).size).to.equal(0);
  });
});

function streamOf(rows: readonly Row[]): Uint8Array {
  const writer = new ResultWriter();
  for (const [kind, key] of rows) writer.add(kind, key, "1");
  return writer.finish();
}
