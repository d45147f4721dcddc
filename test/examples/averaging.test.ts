import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { lines } from "../../lib/data/read-lines.ts";
import { mapReduce } from "../../lib/map-reduce.ts";
import { runScript } from "./_script.ts";

const weather = fileURLToPath(new URL("../data/weather.csv", import.meta.resolve("vega-datasets")));
const program = new URL("../../examples/2-averaging/averages.ts", import.meta.url);

/** The daily highs of one city and month, as they are written. */
function highs(): Map<string, string[]> {
  const [, ...rows] = readFileSync(weather, "utf8").trim().split("\n");
  const groups = new Map<string, string[]>();
  for (const row of rows) {
    const [city = "", date = "", , high = ""] = row.split(",");
    const key = JSON.stringify([city, Number(date.split("-")[1])]);
    groups.set(key, [...(groups.get(key) ?? []), high]);
  }
  return groups;
}

/** The mean of decimals with one digit: a sum of whole tenths, then one division. */
function meanOfTenths(highs: readonly string[]): number {
  const tenths = highs.map((high) => {
    expect(high).to.match(/^-?\d+\.\d$/);
    return Number(high.replace(".", ""));
  });
  return tenths.reduce((sum, next) => sum + next, 0) / (10 * tenths.length);
}

/** The double nearest to the exact mean of doubles: whole multiples of 2^-60, and one rounding at the end. */
function meanOfDoubles(values: readonly number[]): number {
  const sum = values.reduce((all, value) => all + BigInt(value * 2 ** 60), 0n);
  const divisor = BigInt(values.length);
  const shifted = (sum << 64n) / divisor;
  const sticky = (sum << 64n) % divisor === 0n ? 0n : 1n; // below all bits that rounding looks at, but for ties
  return Number(shifted | sticky) / 2 ** 124;
}

describe("examples/2-averaging", () => {
  it("gives the mean daily high per city and month that plain arithmetic gives", async () => {
    const { output } = await mapReduce<string, number>(program, lines(weather));
    const plain = highs();
    const results = [...output].map(([key, mean]) => [JSON.stringify(key), mean] as const);
    expect(results.map(([key]) => key).toSorted()).to.deep.equal([...plain.keys()].toSorted());
    expect(results).to.have.length(24);
    for (const [key, mean] of results) {
      const written = plain.get(key) ?? [];
      expect(mean, key).to.equal(meanOfDoubles(written.map(Number)));
      expect(mean, key).to.be.closeTo(meanOfTenths(written), 1e-13);
    }
  });

  it("prints a bar for each city and month, and that the receipt holds", async () => {
    const { status, stdout } = await runScript("examples/2-averaging/run.ts");
    expect(stdout.match(/^(New York|Seattle) \d+ +[\d.]+ +█/gm)).to.have.length(24);
    expect(stdout).to.contain("The receipt holds");
    expect(status).to.equal(0);
  });
});
