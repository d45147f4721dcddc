import { expect } from "chai";
import * as fc from "fast-check";

import { judge, median, ratioOf } from "../../bench/statistics.ts";

describe("bench/statistics", () => {
  it("takes the middle of an odd number of values, and between the middles of an even one", () => {
    expect(median([5, 1, 3])).to.equal(3);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
    expect(median([7])).to.equal(7);
    expect(() => median([])).to.throw(RangeError, "one or more");
  });

  it("does not care about the order of values, nor change it", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1 }), (values) => {
        const before = [...values];
        expect(median(values.toReversed())).to.equal(median(values));
        expect(values).to.deep.equal(before);
      }),
    );
  });

  it("holds each round against the same round, so that a slow machine slows both", () => {
    expect(ratioOf([2, 20, 9], [1, 10, 3])).to.deep.equal({ median: 2, low: 2, high: 3 });
  });

  it("refuses rounds that do not belong together, and figures that are none", () => {
    expect(() => ratioOf([1, 2], [1])).to.throw(RangeError, "one length");
    for (const [of, to] of [
      [0, 1],
      [1, 0],
      [Number.NaN, 1],
      [1, Infinity],
    ] as const) {
      expect(() => ratioOf([of], [to]), `${of} ÷ ${to}`).to.throw(RangeError, "above zero");
    }
  });

  it("judges costs from above and gains from below, a bound itself being met", () => {
    const cost = { goal: 1.08, stretch: 1.04 };
    expect([1.04, 1.05, 1.08, 1.081].map((value) => judge(value, cost))).to.deep.equal([
      "stretch met",
      "met",
      "met",
      "missed",
    ]);
    const gain = { goal: 1.8, stretch: 1.9, better: "more" } as const;
    expect([1.9, 1.8, 1.79].map((value) => judge(value, gain))).to.deep.equal(["stretch met", "met", "missed"]);
    expect([1, 1.3].map((value) => judge(value, { goal: 1.2 }))).to.deep.equal(["met", "missed"]);
  });
});
