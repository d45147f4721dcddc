import { expect } from "chai";
import fc from "fast-check";

import {
  type Aggregate,
  count,
  distinct,
  histogram,
  max,
  mean,
  min,
  minMaxMean,
  sum,
  topK,
} from "../../lib/program/index.ts";

const number = fc.oneof(fc.double({ noNaN: true, min: -1e100, max: 1e100 }), fc.integer({ min: -9, max: 9 }));
const scalar = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.boolean(), fc.string({ maxLength: 2 }));
const ranked = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.string({ maxLength: 1 }));

/** Each aggregate with values for it, and a plain computation of the same. */
const cases: readonly Case[] = [
  lawful("sum", sum, number),
  lawful("count", count, scalar, (values) => values.length),
  lawful("mean", mean, number),
  lawful("min", min, number, (values) => Math.min(...values) + 0),
  lawful("max", max, number, (values) => Math.max(...values) + 0),
  lawful("minMaxMean", minMaxMean, number, (values) => ({
    min: Math.min(...values) + 0,
    max: Math.max(...values) + 0,
    mean: sequential(mean, values),
  })),
  lawful("topK over numbers", topK<number>(3), number, (values) => values.toSorted((a, b) => b - a).slice(0, 3)),
  lawful("topK over labelled scores", topK<[number, string]>(2), ranked),
  lawful("histogram", histogram([-1, 0, 0.5, 4]), number, (values) => [
    values.filter((value) => value < -1).length,
    values.filter((value) => value >= -1 && value < 0).length,
    values.filter((value) => value >= 0 && value < 0.5).length,
    values.filter((value) => value >= 0.5 && value < 4).length,
    values.filter((value) => value >= 4).length,
  ]),
  lawful("distinct", distinct(), scalar, (values) => new Set(values).size),
];

describe("program: the ready-made aggregates", () => {
  for (const { name, check } of cases) it(`${name} gives the same for any split and order, and after JSON`, check);

  it("sum and mean give the nearest double", () => {
    expect(sequential(sum, [0.1, 0.2, 0.3])).to.equal(0.6);
    expect(sequential(sum, [])).to.equal(0);
    expect(sequential(mean, [0.1, 0.2, 0.3])).to.equal(0.2);
    expect(sequential(mean, [1e308, 1e308])).to.equal(1e308);
    expect(sequential(mean, [1, 2])).to.equal(1.5);
  });

  it("min and max know no -0, so that the order does not show", () => {
    for (const aggregate of [min, max]) {
      expect(Object.is(sequential(aggregate, [-0, 0]), 0)).to.equal(true);
      expect(Object.is(sequential(aggregate, [0, -0]), 0)).to.equal(true);
    }
  });

  it("topK breaks ties by label and gives each equal value a place", () => {
    expect(
      sequential(topK<[number, string]>(2), [
        [1, "b"],
        [1, "c"],
        [1, "a"],
      ]),
    ).to.deep.equal([
      [1, "a"],
      [1, "b"],
    ]);
    expect(sequential(topK<number>(3), [5, 5, 1, 5, 5])).to.deep.equal([5, 5, 5]);
    expect(sequential(topK<number>(5), [2, 1])).to.deep.equal([2, 1]);
  });

  it("histogram puts an edge into the bucket that it begins", () => {
    expect(sequential(histogram([0]), [-5e-324, -0, 0, 1])).to.deep.equal([1, 3]);
    expect(sequential(histogram([0, 10, 20]), [9.99, 10, 20])).to.deep.equal([0, 1, 1, 1]);
  });

  it("distinct tells 1 from '1' and true from 'true'", () => {
    expect(sequential(distinct(), [1, "1", true, "true", 1, "__proto__", "constructor", "__proto__"])).to.equal(6);
  });

  it("refuse wrong arguments by name", () => {
    for (const k of [0, -1, 1.5, NaN, Infinity]) expect(() => topK(k), String(k)).to.throw(RangeError, `"k"`);
    for (const edges of [[], [1, 1], [2, 1], [NaN], [0, Infinity]]) {
      expect(() => histogram(edges), String(edges)).to.throw(RangeError, `"edges"`);
    }
  });

  it("refuse values that are not numbers", () => {
    for (const aggregate of [sum, mean, min, max, minMaxMean, histogram([0]), topK<number>(1)] as const) {
      for (const value of [NaN, "1", undefined]) {
        const add = () => sequential(aggregate as Aggregate<unknown, unknown, unknown>, [1, value]);
        expect(add, String(value)).to.throw(TypeError);
      }
    }
  });
});

interface Case {
  readonly name: string;
  readonly check: () => void;
}

/** Whatever the split, the order and the shape of the tree of merges, the result is that of one pass. */
function lawful<V, S, O>(
  name: string,
  aggregate: Aggregate<V, S, O>,
  value: fc.Arbitrary<V>,
  plainly?: (values: readonly V[]) => unknown,
): Case {
  const values = fc.array(value, { minLength: 1, maxLength: 24 });
  const check = () =>
    fc.assert(
      fc.property(values, fc.array(fc.nat(30), { maxLength: 4 }), fc.boolean(), (all, cuts, isReversed) => {
        const whole = sequential(aggregate, all);
        if (plainly !== undefined) expect(whole).to.deep.equal(plainly(all));
        const ordered = isReversed ? all.toReversed() : all;
        const bounds = [0, ...cuts.map((cut) => Math.min(cut, all.length)).toSorted((a, b) => a - b), all.length];
        const states = (): S[] =>
          bounds.slice(1).map((to, at) => sent(ordered.slice(bounds[at], to).reduce(aggregate.add, aggregate.zero())));
        const fromLeft = states().reduce((a, b) => aggregate.merge(a, b));
        const fromRight = states().reduceRight((a, b) => aggregate.merge(b, a));
        const swapped = states().reduce((a, b) => aggregate.merge(b, a));
        const fromZero = [...states(), aggregate.zero()].reduce((a, b) => aggregate.merge(a, b), aggregate.zero());
        for (const state of [fromLeft, fromRight, swapped, fromZero]) {
          expect(JSON.stringify(aggregate.finish(state))).to.equal(JSON.stringify(whole));
        }
      }),
    );
  return { name, check };
}

function sequential<V, S, O>(aggregate: Aggregate<V, S, O>, values: readonly V[]): O {
  return aggregate.finish(values.reduce(aggregate.add, aggregate.zero()));
}

function sent<S>(state: S): S {
  return JSON.parse(JSON.stringify(state)) as S;
}
