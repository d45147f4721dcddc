import { expect } from "chai";
import * as fc from "fast-check";

import { Engine } from "../../lib/program/engine.ts";
import { HandOver } from "../../lib/program/hand-over.ts";
import { type AnyDefinition, count, max, mean, min, minMaxMean, sum } from "../../lib/program/index.ts";
import { status } from "../../lib/program/verdict.ts";

const limits = { keyBytes: 100, valueBytes: 100, outputBytes: 2 ** 20, badRecords: 0 };
const aggregates = { sum, count, mean, min, max, minMaxMean } as const;

type Pair = readonly [key: number, value: number];

const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 1000), max: 2 ** 1000 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -9999, max: 9999 }).map((tenths) => tenths / 10),
  fc.constantFrom(2 ** 31, -(2 ** 31), 2 ** 35, 2 ** -16, 2 ** -64, 2 ** -65, 5e-324, 2 ** 52, 0.1),
);
const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), value), { maxLength: 300 });

describe("program/number-states", () => {
  for (const [name, reduce] of Object.entries(aggregates)) {
    it(`of ${name} come to what its own functions come to, however values are split`, () => {
      // A copy has no name, so that the engine calls its functions.
      const copy = { ...(reduce as object) };
      fc.assert(
        fc.property(pairs, fc.integer({ min: 1, max: 5 }), (all, parts) => {
          const wanted = results(mapped(copy, all));
          expect(results(mapped(reduce, all))).to.deep.equal(wanted);
          expect(results(mapped(reduce, all, 5))).to.deep.equal(wanted);
          const [packed, texts] = [engineOf(reduce), engineOf(reduce)];
          for (let part = 0; part < parts; part++) {
            const mapper = mapped(
              reduce,
              all.filter((_, index) => index % parts === part),
            );
            mergePacked(mapper, packed);
            for (const { index, kind, key, values } of Array.from(mapper.cells)) {
              const state = mapper.stateText(index) as string;
              expect(texts.merge(kind, key, { values, state, owner: part })).to.equal(0);
            }
          }
          expect(sorted(results(packed))).to.deep.equal(sorted(wanted));
          expect(sorted(results(texts))).to.deep.equal(sorted(wanted));
        }),
        { numRuns: 60 },
      );
    });

    it(`of ${name} refuse what its own functions refuse`, () => {
      for (const wrong of ["1", true, null, [1]]) {
        const [own, copy] = [mapped(reduce, []), mapped({ ...(reduce as object) }, [])];
        expect(own.map([[0, wrong]]), String(wrong)).to.equal(copy.map([[0, wrong]]));
        expect(own.failureText).to.equal(copy.failureText);
      }
    });
  }

  it("stay exact over very many values", () => {
    const engine = mapped(sum, []);
    const record = Array.from({ length: 100_000 }, (_, index): Pair => [0, index % 2 === 0 ? 2 ** 31 - 0.1 : 2 ** -64]);
    expect(engine.map(record)).to.equal(0);
    const state = record.reduce((total, [, each]) => sum.add(total, each), sum.zero());
    expect(results(engine)).to.deep.equal([["0", 100_000, JSON.stringify(sum.finish(state))]]);
  });

  it("are not those of an aggregate that was made from one of the library", () => {
    const twice = { ...sum, finish: (state: never) => 2 * sum.finish(state) };
    expect(results(mapped(twice, [[0, 1]]))).to.deep.equal([["0", 1, "2"]]);
    const ones = Object.create(sum, { add: { value: () => 1 } }) as object;
    expect(results(mapped(ones, [[0, 7]]))).to.deep.equal([["0", 1, "1"]]);
    expect(() => Object.assign(sum, { add: () => 1 })).to.throw(TypeError);
  });
});

describe("program/hand-over", () => {
  it("carries keys and states of every kind from one engine to another", () => {
    const listing = (_key: unknown, values: readonly unknown[]): unknown => values;
    const joined = {
      zero: () => "",
      add: (a: string, b: unknown) => a + JSON.stringify(b),
      merge: (a: string, b: string) => [...a, ...b].toSorted().join(""),
      finish: (a: string) => [...a].toSorted().join(""),
    };
    const key = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.array(fc.oneof(fc.string(), fc.boolean())));
    const emitted = fc.array(fc.tuple(key, fc.jsonValue()), { maxLength: 50 });
    for (const reduce of [listing, joined]) {
      fc.assert(
        fc.property(emitted, (all) => {
          const wide = { keyBytes: 2 ** 16, valueBytes: 2 ** 20, outputBytes: 2 ** 24 };
          const mapper = mapped(reduce, all as never, 0, wide);
          const reducer = engineOf(reduce, 0, wide);
          mergePacked(mapper, reducer);
          expect(results(reducer)).to.deep.equal(results(mapper));
        }),
        { numRuns: 40 },
      );
    }
  });

  it("takes pairs without their characters, and says whether it met any for which those are wanted", () => {
    const values: readonly (readonly [number, unknown])[] = [
      [0, "é"],
      [1, { list: ["plain", 1.5] }],
      [0, "\u{1f600}"],
    ];
    for (const [reduce, all, texts] of [
      [
        sum,
        [
          [0, 1],
          [1, 2.5],
          [2, 1e300],
        ],
        1,
      ],
      [(_key: unknown, all: readonly unknown[]) => all, values, 2],
    ] as const) {
      const mapper = mapped(reduce, all as never);
      const packed = packedOf(mapper);
      const reducer = engineOf(reduce);
      const handOver = new HandOver(reducer);
      expect(handOver.texts).to.equal(0);
      expect(handOver.merge({ ...arrivedOf(packed), text: "" }), reducer.failureText).to.equal(packed.length);
      expect(handOver.texts).to.equal(texts);
      expect(results(reducer)).to.deep.equal(results(mapper));
    }
  });

  it("counts each owner once, however many there are", () => {
    for (const owners of [1, 2, 30, 31, 32, 33, 200]) {
      const engine = engineOf(sum);
      const handOver = new HandOver(engine);
      const bytes = packedOf(mapped(sum, [[0, 1]]));
      for (let turn = 0; turn < 2 * owners; turn++) handOver.merge({ ...arrivedOf(bytes), owner: turn % owners });
      expect(engine.groups.ownersOf(0)).to.equal(owners);
      expect(results(engine)).to.deep.equal([["0", 2 * owners, `${2 * owners}`]]);
    }
  });

  it("counts under each key those owners whose pairs have it", () => {
    const parts = fc.array(fc.tuple(fc.nat(3), fc.uniqueArray(fc.nat(5), { minLength: 1 })), { maxLength: 12 });
    fc.assert(
      fc.property(parts, (all) => {
        const engine = engineOf(sum);
        const handOver = new HandOver(engine);
        const wanted = new Map<string, Set<number>>();
        for (const [owner, keys] of all) {
          const bytes = packedOf(
            mapped(
              sum,
              keys.map((key) => [key, 1]),
            ),
          );
          handOver.merge({ ...arrivedOf(bytes), owner });
          for (const key of keys) wanted.set(`${key}`, (wanted.get(`${key}`) ?? new Set()).add(owner));
        }
        const counted = Array.from(engine.cells, ({ key, index }) => [key, engine.groups.ownersOf(index)]);
        expect(counted).to.deep.equal([...wanted].map(([key, owners]) => [key, owners.size]));
      }),
    );
  });

  it("refuses bytes that are no pairs, and takes none that are cut", () => {
    const hostile: readonly (readonly [text: string, answer: number])[] = [
      ["", 0],
      ["00", 0],
      ["00 01 61 01", 0],
      ["00 05 61 01 02 01 07", 0],
      ["02 01 61 01 02 01 07", status.state],
      ["00 01 61 00 02 01 07", status.state],
      ["00 01 ff 01 02 01 07", status.state],
      ["00 02 c0 80 01 02 01 07", status.state],
      ["00 03 ed a0 80 01 02 01 07", status.state],
      ["00 81 00 61 01 02 01 07", status.state],
      ["01 01 61 01 02 01 07", status.state],
      ["01 02 30 31 01 02 01 07", status.state],
      ["01 03 22 61 22 01 02 01 07", status.state],
      ["00 01 61 01 00", status.state],
      ["00 01 61 01 01 01", status.state],
      ["00 01 61 01 01 09", status.state],
      ["00 01 61 01 03 01 07 07", status.state],
      ["00 01 61 01 03 01 87 00", status.state],
      ["00 01 61 01 09 02 00 00 00 00 00 00 f0 7f", status.state],
      ["00 01 61 01 09 02 00 00 00 00 00 00 f8 7f", status.state],
      ["00 01 61 01 05 03 00 00 00 00", status.state],
      ["00 01 61 01 03 04 7b 7d", status.state],
      ["00 01 61 01 02 04 7b", status.state],
      ["00 01 61 01 02 01 07", 7],
      ["01 01 35 01 02 01 07", 7],
      ["00 01 61 01 02 01 07 00", 7],
    ];
    for (const [text, answer] of hostile) {
      expect(new HandOver(engineOf(sum)).merge(arrivedOf(Buffer.from(text.replaceAll(" ", ""), "hex"))), text).to.equal(
        answer,
      );
    }
    const strings = new HandOver(engineOf(sum), true);
    expect(strings.merge(arrivedOf(Buffer.from("01013501020107", "hex")))).to.equal(status.state);
  });

  it("takes no bytes for what they are not, whatever they are", () => {
    for (const reduce of [sum, minMaxMean, (_key: unknown, values: readonly unknown[]) => values]) {
      const mapper = mapped(reduce, [
        [0, 1.1],
        [1, 2 ** 60],
        [2, -7],
      ] as never);
      const honest = packedOf(mapper);
      fc.assert(
        fc.property(fc.nat(honest.length - 1), fc.nat(255), (at, byte) => {
          const altered = Buffer.from(honest);
          altered[at] = byte;
          const engine = engineOf(reduce);
          const answer = new HandOver(engine).merge(arrivedOf(altered));
          if (answer < 0) expect([status.state, status.key, status.value]).to.include(answer);
          else for (const { index } of Array.from(engine.cells)) expect(engine.resultText(index)).to.be.a("string");
        }),
        { numRuns: 300 },
      );
    }
  });
});

function engineOf(reduce: unknown, badRecords = 0, wider: object = {}): Engine {
  const map = (record: unknown, emit: (key: unknown, value: unknown) => void): void => {
    for (const [key, each] of record as readonly Pair[]) emit(typeof key === "number" ? String(key) : key, each);
  };
  return new Engine({ map, reduce } as AnyDefinition, { ...limits, ...wider, badRecords });
}

// oxlint-disable-next-line max-params
function mapped(reduce: unknown, all: readonly Pair[], badRecords = 0, wider: object = {}): Engine {
  const engine = engineOf(reduce, badRecords, wider);
  expect(engine.map(all), engine.failureText).to.equal(0);
  return engine;
}

function results(engine: Engine): (readonly unknown[])[] {
  return Array.from(engine.cells, ({ index, key, values }) => [key, values, engine.resultText(index)]);
}

function sorted(rows: (readonly unknown[])[]): (readonly unknown[])[] {
  return rows.toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
}

function packedOf(engine: Engine): Buffer {
  const handOver = new HandOver(engine);
  const portions: Buffer[] = [];
  for (let cell = 0; cell < handOver.cells;) {
    cell = handOver.pairs(cell);
    expect(cell).to.be.above(0);
    portions.push(Buffer.from(handOver.packed.bytes.subarray(0, handOver.packed.length)));
  }
  return Buffer.concat(portions);
}

function mergePacked(mapper: Engine, reducer: Engine): void {
  const packed = packedOf(mapper);
  const handOver = new HandOver(reducer);
  expect(handOver.merge(arrivedOf(packed)), reducer.failureText).to.equal(packed.length);
  expect(handOver.merged).to.equal(Array.from(mapper.cells).length);
}

function arrivedOf(bytes: Buffer): Parameters<HandOver["merge"]>[0] {
  return { bytes, length: bytes.length, text: bytes.toString("latin1"), owner: 0 };
}
