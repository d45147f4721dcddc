import { expect } from "chai";

import { explainNarrowing } from "../../lib/policy/explain-narrowing.ts";

describe("policy/explain-narrowing", () => {
  it("says nothing of what was not narrowed", () => {
    expect(explainNarrowing({})).to.deep.equal([]);
  });

  it("names who and what is left", () => {
    expect(explainNarrowing({ receivers: ["anna", "carla"], outputs: ["common"] })).to.deep.equal([
      "only for anna, carla",
      "only common",
    ]);
    expect(explainNarrowing({ receivers: [], outputs: [] })).to.deep.equal(["for nobody", "no output"]);
  });

  it("says how many must stand behind a result", () => {
    const thresholds = [{ output: "common", minValues: 9, minOwners: 2 }];
    expect(explainNarrowing({ thresholds })).to.deep.equal(["common only with at least 9 values and 2 owners behind"]);
  });
});
