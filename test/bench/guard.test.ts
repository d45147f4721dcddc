import { expect } from "chai";

import { compareResults, tolerances } from "../../bench/guard.ts";
import { type BenchmarkResult, parseResults, type Results, type Row } from "../../bench/results.ts";

const surroundings = { node: "v20", machine: "one", rounds: 5, date: "2026-01-01", peers: {} };

function resultsOf(...rows: readonly Row[]): Results {
  const result: BenchmarkResult = { says: "words", rows, runs: {}, absent: {}, surroundings };
  return { words: result };
}

function row(median: number, more: Partial<Row> & { readonly spread?: number } = {}): Row {
  const { spread = 0, ...rest } = more;
  return { says: "sealfold ÷ bare, CPU", ratio: { median, low: median - spread, high: median + spread }, ...rest };
}

const worse = (before: Row, now: Row): number => compareResults(resultsOf(before), resultsOf(now)).regressions.length;

describe("bench/guard", () => {
  it("takes a ratio for worse when its median grew by more than the tolerance of CPU times", () => {
    expect(worse(row(1), row(1 + tolerances.cpu))).to.equal(0);
    expect(worse(row(1), row(1.01 + tolerances.cpu))).to.equal(1);
    expect(worse(row(1), row(0.5))).to.equal(0);
  });

  it("lets wall times differ by more", () => {
    const says = "sealfold ÷ bare, wall";
    expect(worse(row(1, { says }), row(1 + tolerances.wall, { says }))).to.equal(0);
    expect(worse(row(1, { says }), row(1.01 + tolerances.wall, { says }))).to.equal(1);
  });

  it("takes a gain for worse when it shrank", () => {
    const better = "more" as const;
    expect(worse(row(1.9, { better }), row(2.5, { better }))).to.equal(0);
    expect(worse(row(1.9, { better }), row(1.9 / 1.2, { better }))).to.equal(1);
  });

  it("allows for the spread of either run, but noise excuses no more than the wall's tolerance", () => {
    expect(worse(row(1, { spread: 0.2 }), row(1.15))).to.equal(0);
    expect(worse(row(1), row(1.15, { spread: 0.2 }))).to.equal(0);
    expect(worse(row(1, { spread: 0.9 }), row(1.3))).to.equal(1);
  });

  it("names what grew worse and how far it might have gone, and counts what both runs have", () => {
    const before = resultsOf(row(1), row(3, { says: "only then" }));
    const now = resultsOf(row(2), row(9, { says: "only now" }));
    const { compared, regressions } = compareResults(before, now);
    expect(compared).to.equal(1);
    expect(regressions).to.deep.equal([
      { benchmark: "words", says: "sealfold ÷ bare, CPU", before: 1, now: 2, bound: 1.1 },
    ]);
    const larger = { words: { ...(before["words"] as BenchmarkResult), says: "more words" } };
    expect(compareResults(larger, now)).to.deep.equal({ compared: 0, regressions: [] });
    expect(compareResults({}, now)).to.deep.equal({ compared: 0, regressions: [] });
  });

  it("reads what a run wrote, and refuses other files by name", () => {
    const benchmarks = resultsOf(row(1));
    expect(parseResults({ benchmarks }, "a.json")).to.deep.equal(benchmarks);
    for (const other of [
      null,
      7,
      {},
      { benchmarks: 1 },
      { benchmarks: { words: {} } },
      { benchmarks: { words: null } },
    ]) {
      expect(() => parseResults(other, "a.json"), JSON.stringify(other)).to.throw("a.json holds no results");
    }
  });
});
