import { inspect } from "node:util";

import { expect } from "chai";
import fc from "fast-check";

import { addExact, type ExactSum, mergeExact, roundExact } from "../../lib/program/exact-sum.ts";
import { roundQuotient } from "../../lib/program/round-quotient.ts";

/** Doubles of every size: any bits, tiny, huge, and the decimals that people add up. */
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, min: -1e-300, max: 1e-300 }),
  fc.constantFrom(1e308, -1e308, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, -5e-324, 2 ** 900, 2 ** -1022, 1, -0),
  fc.integer({ min: -9999, max: 9999 }).map((tenths) => tenths / 10),
  fc.maxSafeInteger(),
);
const numbers = fc.array(number, { maxLength: 40 });

describe("program/exact-sum", () => {
  it("gives the double nearest to the exact sum", () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 1000 }), (values, count) => {
        expect(outcome(() => roundExact(sumOf(values), count))).to.equal(outcome(() => rational(values, count)));
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same bits for every order and every split", () => {
    const cuts = fc.array(fc.nat(), { maxLength: 5 });
    fc.assert(
      fc.property(shuffled(), cuts, ([values, other], at) => {
        const whole = outcome(() => roundExact(sumOf(values)));
        const bounds = [0, ...at.map((cut) => cut % (other.length + 1)).toSorted((a, b) => a - b), other.length];
        const parts = bounds.slice(1).map((to, index) => sumOf(other.slice(bounds[index], to)));
        expect(outcome(() => roundExact(parts.reduce(mergeExact, 0)))).to.equal(whole);
      }),
    );
  });

  it("survives being sent as JSON", () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const sum = sumOf(values);
        const sent = JSON.parse(JSON.stringify(sum)) as ExactSum;
        expect(outcome(() => roundExact(sent))).to.equal(outcome(() => roundExact(sum)));
      }),
    );
  });

  it("loses nothing when huge values cancel", () => {
    expect(roundExact(sumOf([1e308, 1e308, 0.1, -1e308, -1e308]))).to.equal(0.1);
    expect(roundExact(sumOf([1e308, 1e308, -1e308]))).to.equal(1e308);
    expect(roundExact(sumOf([Number.MAX_VALUE, 5e-324, -Number.MAX_VALUE]))).to.equal(5e-324);
    expect(roundExact(sumOf([0.1, 0.2, -0.3]))).to.equal(2 ** -55);
  });

  it("stays a plain number as long as all is safe integers", () => {
    expect(sumOf([1, 2, 3])).to.equal(6);
    expect(sumOf([Number.MAX_SAFE_INTEGER])).to.equal(Number.MAX_SAFE_INTEGER);
    expect(sumOf([Number.MAX_SAFE_INTEGER, 1])).to.be.an("object");
    expect(sumOf([0.5])).to.be.an("object");
  });

  it("counts past the safe integers without losing one", () => {
    const sum = sumOf([Number.MAX_SAFE_INTEGER, 1, 1, 1]);
    expect(roundExact(sum)).to.equal(2 ** 53 + 2);
    expect(roundExact(addExact(sum, -(2 ** 53)))).to.equal(2);
  });

  it("loses nothing in its bins, at their edges and past them", () => {
    const edges = [2 ** 31, 2 ** -16, 2 ** -17, 2 ** -64, 2 ** -65].flatMap((edge) => [edge * (1 - 2 ** -53), edge]);
    const value = fc.oneof(
      fc.constantFrom(...edges),
      fc.double({ noNaN: true, min: -(2 ** 31), max: 2 ** 31 }),
      number,
    );
    fc.assert(
      fc.property(value, value, fc.integer({ min: 60, max: 200 }), (often, once, times) => {
        const values = [...Array.from({ length: times }, () => often), once];
        expect(outcome(() => roundExact(sumOf(values)))).to.equal(outcome(() => rational(values, 1)));
      }),
    );
  });

  it("has no -0", () => {
    for (const values of [[], [-0], [-0, -0], [1, -1], [0.1, -0.1], [-0.5, 0.5, -0]]) {
      expect(Object.is(roundExact(sumOf(values)), 0), String(values)).to.equal(true);
    }
  });

  it("gives the mean of values whose sum is too large for a number", () => {
    expect(roundExact(sumOf([1e308, 1e308, 1e308]), 3)).to.equal(1e308);
    expect(() => roundExact(sumOf([1e308, 1e308]))).to.throw(RangeError, "beyond");
  });

  it("rounds ties to even, at the edges of what a number holds", () => {
    expect(roundQuotient(2n ** 53n + 1n, 0, 1n)).to.equal(2 ** 53);
    expect(roundQuotient(2n ** 53n + 3n, 0, 1n)).to.equal(2 ** 53 + 4);
    expect(roundQuotient(1n, -1075, 1n)).to.equal(0);
    expect(roundQuotient(3n, -1075, 1n)).to.equal(1e-323);
    expect(roundQuotient(3n, -1076, 1n)).to.equal(5e-324);
    expect(roundQuotient(2n ** 53n - 1n, 971, 1n)).to.equal(Number.MAX_VALUE);
    expect(() => roundQuotient(2n ** 54n - 1n, 970, 1n)).to.throw(RangeError);
  });

  for (const value of [NaN, Infinity, -Infinity, "1", null, undefined, 1n, {}]) {
    it(`refuses ${inspect(value)}`, () => {
      expect(() => addExact(0, value as number)).to.throw(TypeError);
      expect(() => addExact(addExact(0, 0.5), value as number)).to.throw(TypeError);
    });
  }
});

function sumOf(values: readonly number[]): ExactSum {
  return values.reduce<ExactSum>(addExact, 0);
}

/** The same on integers: every double is a multiple of 2^-1074. Dividing one integer by another is rounded by hand. */
function rational(values: readonly number[], count: number): number {
  const total = values.reduce((sum, value) => {
    const bits = new BigUint64Array(Float64Array.of(Math.abs(value)).buffer)[0] as bigint;
    return value < 0 ? sum - scaled(bits) : sum + scaled(bits);
  }, 0n);
  return nearest(total, BigInt(count) << 1074n);
}

/** The double nearest to a fraction, found by bisection over all doubles in their order. */
function nearest(numerator: bigint, denominator: bigint): number {
  const sign = numerator < 0n ? -1 : 1;
  const wanted = numerator < 0n ? -numerator : numerator;
  let below = 0n;
  let above = 0x7ff0000000000000n;
  while (above - below > 1n) {
    const middle = (below + above) >> 1n;
    if (scaled(middle) * denominator <= wanted << 1074n) below = middle;
    else above = middle;
  }
  const doubled = 2n * (wanted << 1074n);
  const middle = (scaled(below) + scaled(above)) * denominator;
  const chosen = doubled > middle || (doubled === middle && (below & 1n) === 1n) ? above : below;
  if (chosen === 0x7ff0000000000000n) throw new RangeError("beyond");
  return chosen === 0n ? 0 : sign * fromBits(chosen);
}

/** The double with these bits, times 2^1074; infinity counts as 2^1024. */
function scaled(bits: bigint): bigint {
  const exponent = bits >> 52n;
  const fraction = bits & ((1n << 52n) - 1n);
  return exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
}

function fromBits(bits: bigint): number {
  return new Float64Array(BigUint64Array.of(bits).buffer)[0] as number;
}

function shuffled(): fc.Arbitrary<[number[], number[]]> {
  return numbers.chain((values) =>
    fc
      .shuffledSubarray(values, { minLength: values.length, maxLength: values.length })
      .map((other): [number[], number[]] => [values, other]),
  );
}

function outcome(work: () => number): number | string {
  try {
    return work();
  } catch (error) {
    return (error as Error).name;
  }
}
