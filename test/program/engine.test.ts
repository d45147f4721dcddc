import { expect } from "chai";

import { Engine, type EngineLimits } from "../../lib/program/engine.ts";
import { type AnyDefinition, sum } from "../../lib/program/index.ts";
import { status } from "../../lib/program/verdict.ts";

const limits: EngineLimits = { keyBytes: 4, valueBytes: 100, outputBytes: 1000, badRecords: 0 };
type Emitted = readonly [key: string, values: number, state: unknown];

/** An engine whose map emits, of each record, what is in it: each many values at once; then throws if told to. */
function emitting(reduce: unknown, differences: Partial<EngineLimits> = {}): Engine {
  const map = (record: unknown): void => {
    for (const [key, values, state] of record as readonly Emitted[]) {
      if (key === "throw") throw new Error("bad");
      engine.emitMany(key, values, state);
    }
  };
  const engine = new Engine({ map, reduce } as AnyDefinition, { ...limits, ...differences });
  return engine;
}

function results(engine: Engine): unknown[] {
  return Array.from(engine.cells, (cell) => [
    cell.key,
    cell.values,
    JSON.parse(engine.resultText(cell.index) as string),
  ]);
}

const exactly = (value: number): unknown => sum.add(sum.zero(), value);
const list = (_key: unknown, values: readonly unknown[]): unknown => values;

describe("program/engine: many values at once", () => {
  it("are merged with what was emitted, whether records may be bad or not", () => {
    for (const badRecords of [0, 3]) {
      const engine = emitting(sum, { badRecords });
      expect(
        engine.map([
          ["a", 2, exactly(5)],
          ["b", 1, exactly(1)],
          ["a", 3, exactly(6)],
        ]),
      ).to.equal(0);
      expect(results(engine)).to.deep.equal([
        ["a", 5, 11],
        ["b", 1, 1],
      ]);
      const lists = emitting(list, { badRecords });
      expect(
        lists.map([
          ["a", 2, ["y", "x"]],
          ["a", 1, [0]],
        ]),
      ).to.equal(0);
      expect(results(lists)).to.deep.equal([["a", 3, ["x", "y", 0]]]);
    }
  });

  it("do not count where their record is bad", () => {
    const engine = emitting(sum, { badRecords: 1 });
    expect(
      engine.map([
        ["a", 2, exactly(5)],
        ["throw", 1, 0],
      ]),
    ).to.equal(0);
    expect(engine.map([["a", 1, exactly(1)]])).to.equal(0);
    expect(results(engine)).to.deep.equal([["a", 1, 1]]);
  });

  it("keep to the limits of emit", () => {
    const failing: readonly (readonly [Emitted, number])[] = [
      [["abcde", 1, 0], status.key],
      [["\ud800", 1, 0], status.value],
      [["a", 0, 0], status.value],
      [["a", 1.5, 0], status.value],
      [["a", 2 ** 53, 0], status.value],
      [["a", 1, Number.NaN], status.value],
      [["a", 1, "x".repeat(99)], status.valueSize],
    ];
    for (const [emitted, failure] of failing) {
      expect(emitting(sum).map([emitted]), String(emitted)).to.equal(failure);
    }
    const many = Array.from({ length: 20 }, (): Emitted => ["a", 1, ["x".repeat(90)]]);
    for (const badRecords of [0, 3]) {
      const wanted = badRecords === 0 ? status.output : 0;
      const engine = emitting(list, { badRecords });
      expect(engine.map(many)).to.equal(wanted);
      expect(engine.skipped).to.equal(1);
    }
  });

  it("come from within a map only", () => {
    expect(() => emitting(sum).emitMany("a", 1, 0)).to.throw(TypeError);
  });
});

describe("program/engine: many records at once", () => {
  it("are counted, and what they emit is gathered", () => {
    const engine = emitting(sum);
    const work = (): number => (engine.emitMany("a", 7, exactly(7)), 7);
    expect([engine.mapMany(work), engine.mapMany(work)]).to.deep.equal([0, 0]);
    expect([engine.records, results(engine)]).to.deep.equal([14, [["a", 14, 14]]]);
  });

  it("fail together", () => {
    const engine = emitting(sum, { badRecords: 5 });
    const work = (): number => {
      engine.emitMany("a", 7, exactly(7));
      throw new Error("bad");
    };
    expect(engine.mapMany(work)).to.equal(status.threw);
    expect(engine.failureText).to.equal("Error: bad");
  });
});
