import { expect } from "chai";

import { placeTable, speedTable } from "../../bench/readme-table.ts";
import type { Results } from "../../bench/results.ts";

const surroundings = { node: "v20.20.2", machine: "2 × one", rounds: 5, date: "2026-01-01", peers: { duckdb: "1.5" } };
const ratio = { median: 1.07, low: 1.01, high: 1.12 };
const measure = { cpu: 8, wall: 4.5, peakMiB: 90, keys: 3, answer: "3:0" };
const results: Results = {
  words: {
    says: "20 MB",
    rows: [
      { says: "sealfold ÷ bare, CPU", ratio, goal: 1.08, stretch: 1.04, verdict: "met" },
      { says: "sealfold ÷ c, CPU", ratio },
    ],
    runs: { c: [{ ...measure, cpu: 1, wall: 0.5 }], sealfold: [measure, { ...measure, cpu: 6 }, measure] },
    absent: {},
    surroundings,
  },
  scaling: {
    says: "rows",
    rows: [{ says: "2 ÷ 1", ratio, goal: 1.8, better: "more", verdict: "missed" }],
    runs: { "sealfold 1": [measure] },
    absent: {},
    surroundings,
  },
};

describe("bench/readme-table", () => {
  it("has a row per ratio that has a goal, and says whether it was met", () => {
    const lines = speedTable(results).split("\n");
    expect(lines).to.include("| `words` | sealfold ÷ bare, CPU | 1.07 | 1.01 to 1.12 | ≤ 1.08 | ≤ 1.04 | met |");
    expect(lines).to.include("| `scaling` | 2 ÷ 1 | 1.07 | 1.01 to 1.12 | ≥ 1.8 |  | missed |");
    expect(lines.filter((line) => line.includes("÷ c"))).to.deep.equal([]);
  });

  it("has benchmarks in the order of the catalogue, and says which of them were not measured", () => {
    const [scaling, startUp] = [results["scaling"], results["words"]].map((result) => result ?? expect.fail());
    const text = speedTable({ scaling: scaling!, "start-up": startUp! });
    expect(text.indexOf("| `start-up`")).to.be.below(text.indexOf("| `scaling`"));
    const missing = /^Not measured in this state: (.*)\.$/m.exec(text)?.[1]?.split(", ");
    expect(missing).to.include.members(["`string-words`", "`shuffle`", "`receipt`", "`memory`"]);
    expect(missing).not.to.include.members(["`start-up`"]).and.not.to.include.members(["`scaling`"]);
  });

  it("has a row per benchmark with what each contender took, by median", () => {
    const lines = speedTable(results).split("\n");
    expect(lines).to.include("| `words`: 20 MB | 8.00, 4.50 |  |  |  |  |  |  |  |  | 1.00, 0.50 |");
    expect(lines.filter((line) => line.includes("`scaling`: "))).to.deep.equal([]);
  });

  it("says once where all was measured", () => {
    expect(speedTable(results)).to.match(
      /^Last run: 2026-01-01, Node v20\.20\.2, 2 × one, medians of 5 interleaved rounds; duckdb 1\.5\.\n/,
    );
  });

  it("goes between the marks, again and again, and nowhere else", () => {
    const readme = "a\n<!-- speed: made by bench/readme-table.ts -->\nold\n<!-- /speed -->\nb\n";
    const once = placeTable(readme, "new\n");
    expect(once).to.equal("a\n<!-- speed: made by bench/readme-table.ts -->\n\nnew\n\n<!-- /speed -->\nb\n");
    expect(placeTable(once, "new\n")).to.equal(once);
    expect(() => placeTable("a", "new")).to.throw("once");
    expect(() => placeTable(readme + readme, "new")).to.throw("once");
  });
});
