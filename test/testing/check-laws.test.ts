import { AssertionError } from "node:assert";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";

import { lines } from "../../lib/data/read-lines.ts";
import type { SealfoldError } from "../../lib/errors.ts";
import { type Aggregate, count, type Key, program, type Program, sum, topK } from "../../lib/program/index.ts";
import { checkLaws, expectLawful } from "../../lib/testing/check-laws.ts";
import type { LawName } from "../../lib/testing/law-name.ts";
import { describeLaws, type LawReport } from "../../lib/testing/law-report.ts";
import textWords from "../../examples/1-word-count/word-count.ts";
import wordCount from "../programs/word-count.ts";
import { withFolder } from "../program/_folder.ts";

const options = { seed: 7, runs: 100 };
const here = import.meta.url;

/** An aggregate over numbers, reduced under one key for all. */
function over<S>(reduce: Aggregate<number, S, unknown>): Program<number, unknown> {
  return program(here, { map: (value: number, emit) => emit("all", value), reduce });
}

const adding = { zero: () => 0, add: (a: number, b: number) => a + b, merge: (a: number, b: number) => a + b };
const same = <T>(state: T): T => state;
const shared: number[] = [];

interface Mean {
  readonly mean: number;
  readonly count: number;
}

const averageOfAverages: Aggregate<number, Mean, number> = {
  zero: () => ({ mean: 0, count: 0 }),
  add: ({ mean, count }, value) => ({ mean: (mean * count + value) / (count + 1), count: count + 1 }),
  merge: (a, b) => ({ mean: (a.mean + b.mean) / 2, count: a.count + b.count }),
  finish: ({ mean }) => Math.round(mean * 1000),
};

/** Each with the law that it breaks, and how many records show it at least. */
const unlawful: readonly (readonly [what: string, program: Program<number, unknown>, law: LawName, records: number])[] =
  [
    ["an average of averages", over(averageOfAverages), "split", 3],
    ["a zero that is not neutral", over({ ...adding, zero: () => 1, finish: same }), "split", 2],
    [
      "a zero that is one object for all",
      over({
        zero: () => shared,
        add: (a, b) => (a.push(b), a),
        merge: (a, b) => [...a, ...b],
        finish: (a) => a.length,
      }),
      "repeat",
      1,
    ],
    ["a merge that takes away", over({ ...adding, merge: (a, b) => a - b, finish: same }), "merge order", 2],
    ["a merge that forgets", over({ ...adding, merge: (a) => a, finish: same }), "merge order", 2],
    ["a merge that keeps the greater sum", over({ ...adding, merge: Math.max, finish: same }), "split", 2],
    [
      "a list in the order of its values",
      over<number[]>({ zero: () => [], add: (a, b) => [...a, b], merge: (a, b) => [...a, ...b], finish: same }),
      "order",
      2,
    ],
    [
      "the first value",
      over<number | null>({ zero: () => null, add: (a, b) => a ?? b, merge: (a, b) => a ?? b, finish: same }),
      "order",
      2,
    ],
    [
      "a state that is a Set",
      over({
        zero: () => new Set<number>(),
        add: (a, b) => a.add(b),
        merge: (a, b) => new Set([...a, ...b]),
        finish: (a) => a.size,
      }),
      "data",
      1,
    ],
    [
      "a state with undefined",
      over({
        zero: (): { max?: number | undefined } => ({ max: undefined }),
        add: (_, max) => ({ max, old: undefined }),
        merge: same,
        finish: () => 1,
      }),
      "data",
      1,
    ],
  ];

describe("testing/check-laws", () => {
  describe("finds, and shrinks to the fewest records,", () => {
    for (const [what, broken, law, records] of unlawful) {
      it(what, async () => {
        const { broken: found } = await checkLaws(broken, [1, 2, 3, 4, 5], options);
        expect(found).to.include({ law });
        expect(found?.records).to.have.length(records);
        const [one, other] = found?.sides ?? [];
        expect(one?.answer).not.to.deep.equal(other?.answer);
      });
    }

    it("a sum of floats, whose last bits depend on the order", async () => {
      const floats = fc.double({ noNaN: true, min: -1e9, max: 1e9 });
      const { broken } = await checkLaws(over({ ...adding, finish: same }), floats, options);
      expect(broken?.law).to.equal("order");
      expect(await checkLaws(over(sum), floats, options)).to.have.property("broken", undefined);
    });

    it("a map that keeps state between records, loaded anew for each task", async () => {
      const kept = await checkFile(
        "const seen = new Set();",
        "if (!seen.has(line)) { seen.add(line); emit(line, 1); }",
      );
      expect(kept.broken).to.deep.include({ law: "memory", records: ["a", "a"] });
      const counted = await checkFile("let n = 0;", "emit(line, n++);");
      expect(counted.broken?.law).to.equal("memory");
      expect(counted.broken?.records).to.have.length(2);
    });

    it("a map that keeps state, where it cannot be loaded anew", async () => {
      const seen = new Set<string>();
      const keeping = program(here, {
        map: (line: string, emit) => {
          if (!seen.has(line)) emit(line, 1);
          seen.add(line);
        },
        reduce: sum,
      });
      expect((await checkLaws(keeping, ["a", "b"], options)).broken?.law).to.equal("repeat");
    });

    it("randomness", async () => {
      const { broken } = await checkFile("", "emit(line, Math.random());");
      expect(broken?.law).to.equal("repeat");
      expect(broken?.records).to.have.length(1);
    });

    it("a record of an arbitrary on which map throws", async () => {
      const failing = program(here, {
        map: (line: string, emit) => {
          if (line.includes("b")) throw new RangeError("no b");
          emit(line, 1);
        },
        reduce: sum,
      });
      const { broken } = await checkLaws(failing, fc.constantFrom("a", "b", "c"), options);
      expect(broken).to.deep.include({ law: "answers", records: ["b"] });
      const [{ answer } = { answer: [] }] = broken?.sides ?? [];
      expect(answer).to.deep.include({ code: "PROGRAM_THREW", text: "RangeError: no b" });
    });
  });

  it("says which record of a sample a program fails on, as a run does", async () => {
    const failing = program(here, { map: (value: number, emit) => emit("k", 1 / value), reduce: sum });
    const error = (await checkLaws(failing, [1, 0, 2], options).catch((thrown: unknown) => thrown)) as SealfoldError;
    expect(error.code).to.equal("PROGRAM_VALUE");
    expect(error.place).to.deep.equal({ stage: "map", record: 2 });
  });

  describe("has nothing to say about", () => {
    for (const [what, lawful] of [
      ["a sum", over(sum)],
      ["a topK", over(topK<number>(2))],
      [
        "a plain reduce, which gets its values sorted",
        program(here, {
          map: (value: number, emit) => emit("k", value),
          reduce: (_key: Key, values: readonly number[]) => [...values],
        }),
      ],
      [
        "a map that changes its record",
        program(here, { map: (value: number, emit) => emit([value], value++), reduce: sum }),
      ],
      [
        "a generator",
        program(here, {
          *map(value: number) {
            yield [value % 2 === 0, value] as const;
          },
          reduce: count,
        }),
      ],
    ] as const) {
      it(what, async () => {
        const report = await checkLaws(lawful, [1, 2, 3, 4, 5], options);
        expect(report.broken).to.equal(undefined);
        expect(report.held).to.deep.equal([
          "repeat",
          "answers",
          "memory",
          "data",
          "order",
          "merge order",
          "split",
          "grouping",
          "all",
        ]);
      });
    }

    it("a map that changes an object that it got", async () => {
      const changing = program(here, {
        map: (row: { n: number }, emit) => emit("k", row.n++),
        reduce: sum,
      });
      expect((await checkLaws(changing, [{ n: 1 }, { n: 2 }], options)).broken).to.equal(undefined);
    });
  });

  it("takes a program, its file, its URL, and a reader", async () => {
    const file = new URL("../programs/word-count.ts", here);
    await withFolder({ "sample.txt": "a b a\nb c\na\n" }, async (folder) => {
      const sample = join(folder, "sample.txt");
      for (const one of [wordCount, file, file.pathname]) {
        expect((await checkLaws(one, lines(sample), { ...options, runs: 5 })).held).to.have.length(9);
      }
    });
  });

  it("draws records that have a key in common, also where few of a sample have", async () => {
    const sample = Array.from({ length: 3000 }, (_, at) => [at < 2990 ? at : 0, at]);
    const rare = program(here, {
      map: ([key = 0, value = 0]: number[], emit) => emit(key, value),
      reduce: { ...adding, merge: Math.max, finish: same },
    });
    expect((await checkLaws(rare, sample, options)).broken?.law).to.equal("split");
  });

  it("gives the same report for the same seed, and refuses what is none", async () => {
    const [one, two] = [
      await checkLaws(over(averageOfAverages), [1, 2], options),
      await checkLaws(over(averageOfAverages), [1, 2], options),
    ];
    expect(one).to.deep.equal(two);
    for (const wrong of [{ seed: 0.5 }, { seed: 2 ** 31 }, { runs: 0 }, { runs: 1.5 }]) {
      const error: unknown = await checkLaws(over(sum), [1], wrong).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(RangeError);
    }
  });

  it("tells what a record does that is there twice, and calls nothing of it wrong", async () => {
    const { duplicates: summed } = await checkLaws(over(sum), [1, 2, 3], options);
    expect(summed).to.deep.equal({ tried: 100, changed: 100, elsewhere: 0 });
    const { duplicates: greatest } = await checkLaws(
      over({ zero: () => 0, add: Math.max, merge: Math.max, finish: same }),
      [1, 2, 3],
      options,
    );
    expect(greatest).to.deep.equal({ tried: 100, changed: 0, elsewhere: 0 });
    const { duplicates } = await checkFile("let n = 0;", "emit(n++, 1);");
    expect(duplicates.elsewhere).to.be.above(0);
  });
});

describe("testing: expectLawful", () => {
  it("throws for a test to show: the law, the records, both answers, what to do and the seed", async () => {
    const error = (await expectLawful(over(averageOfAverages), [1, 2, 3], options).catch(
      (thrown: unknown) => thrown,
    )) as AssertionError;
    expect(error).to.be.instanceOf(AssertionError);
    expect(error.message)
      .to.match(/^the law "split" is broken: the answer depends on how the records are split into tasks\n/)
      .and.to.match(/\n {2}record 3: \d\n/)
      .and.to.match(/\n {2}one task \(1 2 3\): "all": \d+\n {2}tasks \(.*\) \(.*\): "all": \d+\n/)
      .and.to.include("an average of averages")
      .and.to.include("seed 7");
    expect(error.expected).not.to.deep.equal(error.actual);
  });

  it("gives the report where all laws hold", async () => {
    const report = await expectLawful(wordCount, fc.constantFrom("a b", "b", "c a a"), options);
    const texts = await expectLawful(textWords, fc.string({ unit: fc.constantFrom(..."aÉΣ. ") }), options);
    expect(texts.held).to.deep.equal(report.held);
    expect(describeLaws(report)).to.match(/^the answer is the same for every split, order and combination/);
  });
});

/** Checks a program of a file, over the lines a, b and c. */
function checkFile(before: string, body: string): Promise<LawReport> {
  const text = `import { program, sum } from "sealfold/program";\n${before}
    export default program(import.meta.url, { map(line: string, emit) { ${body} }, reduce: sum });`;
  return withFolder({ "program.ts": text }, (folder) =>
    checkLaws(join(folder, "program.ts"), ["a", "b", "c"], options),
  );
}
