import { expect } from "chai";

import { drawChart } from "../../bench/chart.ts";
import type { Results, Row } from "../../bench/results.ts";

const surroundings = { node: "v20", machine: "one", rounds: 5, date: "2026-01-01", peers: {} };
const missed: Row = {
  says: "sealfold ÷ bare, CPU",
  ratio: { median: 2, low: 1, high: 4 },
  goal: 1,
  verdict: "missed",
};
const plain: Row = { says: "bytes per map task", ratio: { median: 1.15, low: 1.1, high: 1.2 }, unit: "KiB" };

function chart(...rows: readonly Row[]): string {
  const results: Results = { words: { says: "a < b & c", rows, runs: {}, absent: {}, surroundings } };
  return drawChart(results);
}

describe("bench/chart", () => {
  it("draws a bar, its spread and its goal on one scale per row", () => {
    const svg = chart(missed);
    const number = (pattern: RegExp): number => Number(pattern.exec(svg)?.[1]);
    const bar = number(/height="14" fill="#c0392b"/.test(svg) ? /<rect x="430" y="\d+" width="([\d.]+)"/ : /$^/);
    const [from, to] = [number(/<line x1="([\d.]+)"/), number(/<line x1="[\d.]+" x2="([\d.]+)"/)];
    const goal = number(/<line x1="([\d.]+)" x2="[\d.]+" y1="\d+" y2="\d+" stroke="#222" stroke-width="2"/);
    expect(bar).to.be.above(0);
    expect((from - 430) / bar).to.be.closeTo(0.5, 0.01);
    expect((to - 430) / bar).to.be.closeTo(2, 0.01);
    expect(goal).to.equal(from); // 1, as the lowest round
  });

  it("says figure, goal and verdict, and of what has no goal the figure and its unit", () => {
    expect(chart(missed)).to.contain(">2.00, goal 1.00: missed</text>");
    expect(chart(plain)).to.contain(">1.15 KiB</text>").and.not.to.contain("stroke-width");
  });

  it("is well-formed whatever a benchmark says", () => {
    const svg = chart(missed, plain);
    expect(svg).to.contain("words: a &lt; b &amp; c").and.not.to.match(/[<&] /);
    const count = (names: readonly (string | undefined)[]): number => names.filter((name) => name === "text").length;
    const opened = [...svg.matchAll(/<(\w+)[^>]*[^/]>/g)].map(([, name]) => name);
    const closed = [...svg.matchAll(/<\/(\w+)>/g)].map(([, name]) => name);
    expect(new Set(opened)).to.deep.equal(new Set(closed));
    expect(count(opened)).to.equal(count(closed)).and.to.be.above(2);
  });

  it("leaves out benchmarks without a row", () => {
    expect(chart()).not.to.contain("words");
  });
});
