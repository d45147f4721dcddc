import { expect } from "chai";

import { renderBars } from "../../lib/cli/bars.ts";

describe("cli/bars", () => {
  it("draws the longest bar for the greatest value, to the eighth of a character", () => {
    const chart = renderBars(
      [
        ["the", 16],
        ["of", 8],
        ["a", 1],
      ],
      { width: 17 },
    );
    expect(chart).to.equal(["the  16  ████████", "of    8  ████", "a     1  ▌"].join("\n"));
  });

  it("draws none for nothing, zero and less", () => {
    expect(renderBars([])).to.equal("");
    expect(
      renderBars([
        ["a", 0],
        ["b", -2],
      ]),
    ).to.equal("a   0\nb  -2");
  });

  it("keeps every line within its width, and cuts long labels", () => {
    const chart = renderBars(
      [
        ["x".repeat(100), 1e9],
        ["y", 1],
      ],
      { width: 40, labelWidth: 10 },
    );
    expect(chart.split("\n").map((line) => line.length <= 40)).to.deep.equal([true, true]);
    expect(chart).to.match(/^x{9}…  1,000,000,000  █+\n/);
  });

  it("takes keys that are no strings, and lets none drive the terminal", () => {
    expect(renderBars([[["a", 1], 2]])).to.match(/^\["a",1\]  2  █/);
    expect(renderBars([["\u001b[31m", 2]])).to.match(/^\\u\{1b\}\[31m/);
  });
});
