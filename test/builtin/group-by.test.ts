import { expect } from "chai";
import fc from "fast-check";

import { builtin } from "../../lib/builtin/builtin.ts";
import { type GroupAggregate, groupAggregates, type GroupByOptions } from "../../lib/builtin/group-by.ts";
import type { Aggregate } from "../../lib/program/index.ts";
import { runLocal } from "../../lib/program/local.ts";
import { count, max, mean, min, minMaxMean, sum } from "../../lib/program/numbers.ts";
import { program } from "../../lib/program/program.ts";
import { expectLawful } from "../../lib/testing/check-laws.ts";
import { countedIn, linesOf, openRealm, pairsOf } from "./_counted.ts";

const aggregates = { sum, count, mean, min, max, "min-max-mean": minMaxMean } as unknown as Readonly<
  Record<GroupAggregate, Aggregate<unknown, unknown, unknown>>
>;

/** Rows `key;value`, grouped by the first column. */
const byFirst = (aggregate: GroupAggregate): GroupByOptions => ({
  aggregate,
  key: 1,
  delimiter: ";",
  ...(aggregate !== "count" && { value: 2 }),
});

/** What the program in TypeScript gives that does the same, in one task. */
async function plain(aggregate: GroupAggregate, lines: readonly string[]): Promise<unknown[]> {
  const map = (line: string, emit: (key: string, value: number) => void): void => {
    const [key = "", value = ""] = line.split(";");
    emit(key, Number(value));
  };
  const results = await runLocal(program("file:///none", { map, reduce: aggregates[aggregate] }), lines);
  return results.map(({ key, value }) => [key, value]);
}

async function expectSame(lines: readonly string[], cut = 0): Promise<void> {
  const tasks = [lines.slice(0, cut), lines.slice(cut)].map((part) => part.map((line) => `${line}\n`).join(""));
  for (const aggregate of groupAggregates) {
    const { records, results } = countedIn(builtin.groupBy(byFirst(aggregate)), ...tasks);
    expect(results, aggregate).to.deep.equal(await plain(aggregate, lines));
    expect(records).to.equal(lines.length);
  }
}

/** What a module says when it ends. */
function endOf(options: GroupByOptions, text: string): string {
  const realm = openRealm(builtin.groupBy(options));
  try {
    realm.mapChunk(Buffer.from(text));
    return "";
  } catch {
    return realm.failureText();
  }
}

describe("builtin/group-by", () => {
  const tenths = fc.integer({ min: -999, max: 999 }).map((value) => (value / 10).toFixed(1));
  const decimals = fc
    .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.nat(12))
    .map(([value, places]) => (value / 10 ** places).toFixed(places));
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e290, max: 1e290 }).map(String);
  const integers = fc.maxSafeInteger().map(String);
  const key = fc.constantFrom("a", "b", "", "Oslo", "Abidjan", "São Tomé", "Petropavlovsk-Kamchatsky", "x".repeat(16));

  for (const [what, value] of [
    ["tenths", tenths],
    ["decimals", decimals],
    ["doubles of any size", doubles],
    ["integers", integers],
    ["numbers of all kinds", fc.oneof(tenths, decimals, doubles, integers)],
  ] as const) {
    it(`gives what the aggregates of TypeScript give, to the last bit, for ${what} and every split`, async () => {
      const lines = fc.array(
        fc.tuple(key, value).map((row) => row.join(";")),
        { minLength: 1, maxLength: 60 },
      );
      const property = fc.asyncProperty(lines, fc.nat(60), (lines, cut) => expectSame(lines, cut % lines.length));
      await fc.assert(property, { numRuns: 25 });
    });
  }

  it("gives the same for very many values of one key, great ones and small ones", async () => {
    const value = (at: number): string =>
      [`${at}.7`, "4503599627370495", "-34359738367.9", "0.0000042", "1e-9"][at % 5]!;
    const lines = Array.from({ length: 9000 }, (_, at) => `k;${value(at)}`);
    await expectSame(lines, 4000);
    await expectSame(Array.from({ length: 5000 }, () => "k;4503599627370495"));
    await expectSame(Array.from({ length: 5000 }, () => "k;-34359738367.9"));
  });

  it("reads numbers as JavaScript does", () => {
    const texts = [
      ..."0 -0 +0 1 -1 +7 007 1. .5 -.5 1e3 1E-3 1e+22 1e23 9007199254740993 0.1 123456789012345678 1e308 -1e-320 5e-324".split(
        " ",
      ),
      ..."2.4703282292062327e-324 2.4703282292062328e-324 1.7976931348623158e308 2.2250738585072011e-308 4.9e-324".split(
        " ",
      ),
      ..."8.98846567431158e307 0.30000000000000004 1e-400 100000000000000016777215 0.000000000000000000000000000001".split(
        " ",
      ),
      " 12 ",
      "\t1.5",
      `1${"0".repeat(40)}`,
      `0.${"0".repeat(40)}1`,
      `9007199254740992.${"0".repeat(900)}1`,
      `9007199254740993.${"0".repeat(300)}`,
      "1".repeat(309),
      `0.${"3".repeat(700)}`,
    ];
    const lines = texts.map((text) => `${text};${text}`);
    const { results } = countedIn(builtin.groupBy(byFirst("sum")), lines.join("\n"));
    const found = new Map(results);
    for (const text of texts) expect(found.get(text), text).to.equal(Number(text) + 0);
  });

  it("reads any double that JavaScript writes, and any digits", () => {
    const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((word) => {
      const value = new DataView(new ArrayBuffer(8));
      value.setBigUint64(0, word);
      return String(value.getFloat64(0));
    });
    const digits = fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.integer({ min: -345, max: 265 }))
      .map(([whole, exponent]) => `${whole}e${exponent}`);
    const halves = fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n }).map((whole) => `${whole}.5`);
    const number = fc.oneof(bits, digits, halves).filter((text) => Number.isFinite(Number(text)));
    const property = fc.property(fc.array(number, { minLength: 1, maxLength: 100 }), (texts) => {
      const lines = texts.map((text) => `${text};${text}`);
      const found = new Map(countedIn(builtin.groupBy(byFirst("max")), lines.join("\n")).results);
      for (const text of texts) expect(found.get(text), text).to.equal(Number(text) + 0);
    });
    fc.assert(property, { numRuns: 50 });
  });

  it("reads any short text as a number where JavaScript does, but for what is no decimal", () => {
    const text = fc.string({ unit: fc.constantFrom(..."00123456789.--+e /:"), minLength: 1, maxLength: 10 });
    const isDecimal = (each: string): boolean => /^ *[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)? *$/.test(each);
    const group = builtin.groupBy({ key: 1, value: 2, delimiter: ";", aggregate: "max" });
    const property = fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), (texts) => {
      const lines = texts.map((each, at) => `${at};${each}\n`);
      const good = texts.flatMap((each, at) => (isDecimal(each) && Number.isFinite(Number(each)) ? [at] : []));
      const { results } = countedIn(group, good.map((at) => lines[at]).join(""));
      for (const [at, value] of results) expect(value, texts[Number(at)]).to.equal(Number(texts[Number(at)]) + 0);
      expect(results.length).to.equal(good.length);
      for (const at of texts.keys()) {
        if (!good.includes(at)) expect(endOf(byFirst("max"), lines[at] ?? ""), texts[at]).to.contain("line 1");
      }
    });
    fc.assert(property, { numRuns: 60 });
  });

  it("finds the same columns in rows of any shape, whatever rows stand before them", () => {
    const cell = fc.string({ unit: fc.constantFrom(..."abé"), maxLength: 20 });
    const row = fc.record({
      key: cell,
      value: fc.integer({ min: -999, max: 999 }),
      more: fc.array(fc.oneof(cell, fc.constantFrom('q"', "x".repeat(70_000))), { maxLength: 3 }),
      end: fc.constantFrom("\n", "\n", "\r\n", "\n\n"),
    });
    for (const keyFirst of [true, false]) {
      const group = builtin.groupBy({ key: keyFirst ? 1 : 2, value: keyFirst ? 2 : 1, aggregate: "sum" });
      const property = fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const sums = new Map<string, number>();
        for (const { key, value } of rows) sums.set(key, (sums.get(key) ?? 0) + value);
        const text = rows.map(({ key, value, more, end }) => {
          return [...(keyFirst ? [key, value] : [value, key]), ...more].join(",") + end;
        });
        expect(new Map(countedIn(group, text.join("")).results)).to.deep.equal(sums);
      });
      fc.assert(property, { numRuns: 30 });
    }
  });

  it("ends where a value is no number, and says at which line, but nothing that stands there", () => {
    for (const value of ["", " ", "x", "1x", "--1", "+", "1e", "1e+", ".", "0x10", "Infinity", "NaN", "1e999", "1,5"]) {
      const said = endOf({ ...byFirst("sum"), key: 1 }, `a;1\nsecret;${value}\n`);
      expect(said, value).to.contain("line 2 of the task: the value is no decimal number");
      expect(said).not.to.contain("secret");
    }
  });

  it("ends where columns are missing, or begin with a quotation mark", () => {
    expect(endOf(byFirst("mean"), "a;1\nb\n")).to.contain("line 2 of the task: there are too few columns");
    expect(endOf(byFirst("count"), 'a;1\n"b;c";1\n')).to.contain(
      "line 2 of the task: a column begins with a quotation mark",
    );
    expect(endOf({ ...byFirst("count"), key: 3 }, 'a;"b;c"\n')).to.contain("quotation mark");
    expect(endOf(byFirst("count"), 'a;"b"\nb"c;2')).to.equal("");
  });

  it("takes a header, which is no row wherever it comes, and columns by its names", () => {
    const options = { key: "city", value: "°C", delimiter: "\t", header: "day\tcity\t°C", aggregate: "mean" } as const;
    const file = "day\tcity\t°C\r\n1\tOslo\t-1\r\n\r\n2\tOslo\t4";
    const { records, results } = countedIn(builtin.groupBy(options), `${file}\n${file}\n`, "3\tday\t0");
    expect(results).to.deep.equal([
      ["Oslo", 1.5],
      ["day", 0],
    ]);
    expect(records).to.equal(9);
    expect(endOf({ ...options, header: "day\tcity\t°F", value: "°F" }, file)).to.contain("line 1 of the task");
  });

  it("joins the columns of a key by the delimiter, in the order in which they were named", () => {
    const options = { key: [3, 1], value: 2, aggregate: "sum" } as const;
    const { results } = countedIn(builtin.groupBy(options), "a,1,x,9\na,2,x\r\n,4,\na,8,é,");
    expect(results).to.deep.equal([
      [",", 4],
      ["x,a", 3],
      ["é,a", 8],
    ]);
  });

  it("counts rows with columns of any length, wherever they stand in a block of 64 bytes", async () => {
    const lines = Array.from({ length: 300 }, (_, at) => `${"k".repeat(at % 150)};${at / 4};${"-".repeat(at % 71)}`);
    await expectSame(lines, 100);
    const text = lines.join("\n");
    for (let end = text.length - 300; end < text.length; end++) {
      const part = text.slice(0, end).replace(/;[^;\n]*$/, ";0");
      const { results } = countedIn(builtin.groupBy(byFirst("count")), part);
      expect(results.reduce((all, [, rows]) => all + Number(rows), 0)).to.equal(part.match(/.+/g)?.length);
    }
  });

  it("hands over no more pairs than there are values behind them", () => {
    const value = fc.oneof(tenths, decimals, integers);
    const property = fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), (values) => {
      const pairs = pairsOf(builtin.groupBy(byFirst("sum")), values.map((each) => `k;${each}`).join("\n"));
      expect(pairs.map(({ values }) => values).every((behind) => behind > 0)).to.equal(true);
      expect(pairs.reduce((all, { values }) => all + values, 0)).to.equal(values.length);
    });
    fc.assert(property, { numRuns: 100 });
  });

  it("is lawful: the answer is the same for every split, order and grouping", async () => {
    const lines = ["a;1", "b;0.1", "a;0.2", "", "a;1e22", "b;-7.25", "a;0.3"];
    for (const aggregate of groupAggregates) {
      await expectLawful(builtin.groupBy(byFirst(aggregate)), linesOf(lines), { runs: 4 });
    }
  });

  it("refuses options that make no sense, and says what it expected", () => {
    const good = { key: 1, value: 2, aggregate: "sum" } as const;
    for (const [options, says] of [
      [{ aggregate: "median" }, '"aggregate" expected sum, count'],
      [{ delimiter: "" }, '"delimiter" expected one character'],
      [{ delimiter: "é" }, '"delimiter" expected one character'],
      [{ delimiter: "." }, '"delimiter" expected one character'],
      [{ delimiter: "e" }, '"delimiter" expected one character'],
      [{ delimiter: "\n" }, '"delimiter" expected one character'],
      [{ key: 0 }, '"key" expected a column from 1 to 65535, got 0'],
      [{ key: 1.5 }, '"key" expected a column'],
      [{ key: 65_536 }, '"key" expected a column'],
      [{ key: [] }, '"key" expected 1 to 16 different columns'],
      [{ key: [1, 1] }, '"key" expected 1 to 16 different columns'],
      [{ key: "city" }, '"key" expected a number, for there is no header'],
      [{ value: undefined }, '"value" expected a column, got none'],
      [{ aggregate: "count" }, '"value" expected nothing'],
      [{ header: "a,b", key: "c" }, '"key" expected a name that one column of the header has, got c'],
      [{ header: "a,a", key: "a" }, '"key" expected a name that one column'],
      [{ header: "a,b", key: 3 }, '"key" expected a column from 1 to 2'],
      [{ header: "a\nb" }, '"header" expected one line'],
      [{ header: "x".repeat(7000) }, '"value" expected a column from 1 to 1, got 2'],
      [{ header: `a,${"x".repeat(8000)}` }, '"header" expected at most'],
    ] as const) {
      expect(() => builtin.groupBy({ ...good, ...options } as GroupByOptions), says).to.throw(says);
    }
  });
});
