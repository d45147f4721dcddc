/** What a benchmark found, as text. */

import type { BenchmarkResult, Measure, Row } from "./results.ts";
import { median } from "./statistics.ts";

/** @returns lines for a terminal */
export function renderResult(
  name: string,
  { says, rows, runs, absent }: Omit<BenchmarkResult, "surroundings">,
): string {
  const lines = [`${name}: ${says}`, ...rows.map(renderRow)];
  for (const [contender, measures] of Object.entries(runs)) lines.push(renderRuns(contender, measures));
  for (const [contender, why] of Object.entries(absent)) lines.push(`  ${contender.padEnd(12)} ${why}`);
  return `${lines.join("\n")}\n`;
}

function renderRow(row: Row): string {
  const { ratio, goal, stretch, verdict } = row;
  const unit = row.unit === undefined ? "" : ` ${row.unit}`;
  const figure = `${plain(ratio.median)}${unit}`.padStart(8);
  const range = `(${plain(ratio.low)} to ${plain(ratio.high)})`;
  if (goal === undefined) return `  ${row.says.padEnd(34)} ${figure} ${range}`;
  const wanted = `goal ${goal}${stretch === undefined ? "" : `, stretch ${stretch}`}`;
  return `  ${row.says.padEnd(34)} ${figure} ${range.padEnd(18)} ${wanted}: ${verdict}`;
}

function renderRuns(contender: string, measures: readonly Measure[]): string {
  const of = (what: "cpu" | "wall" | "peakMiB"): number => median(measures.map((measure) => measure[what]));
  const [cpu, wall] = [of("cpu").toFixed(2).padStart(8), of("wall").toFixed(2).padStart(8)];
  return `  ${contender.padEnd(12)} ${cpu} s CPU ${wall} s wall ${of("peakMiB").toFixed(0).padStart(6)} MiB at its peak`;
}

/** Two digits behind the point, below a hundred. */
export function plain(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
