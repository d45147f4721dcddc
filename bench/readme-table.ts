/**
 * `node --import tsx bench/readme-table.ts [--write]`: the last run's table for the README's section "Speed", printed, or
 * written there between its two marks.
 */

import { readFile, writeFile } from "node:fs/promises";

import { plain } from "./report.ts";
import { type BenchmarkResult, readResults, type Results, type Row } from "./results.ts";

const begin = "<!-- speed: made by bench/readme-table.ts -->";
const end = "<!-- /speed -->";

/** @returns Markdown: where it was measured, and a row per ratio */
export function speedTable(results: Results): string {
  const head = "| measure | ratio | spread | goal | stretch | |\n| --- | --- | --- | --- | --- | --- |";
  const rows = Object.entries(results).flatMap(([name, result]) =>
    result.rows.map((row) => tableRow(name, result, row)),
  );
  return `${surroundingsOf(Object.values(results))}\n\n${head}\n${rows.join("\n")}\n`;
}

/**
 * @returns `readme` with `table` between its marks
 * @throws {Error} when the marks are not there, once and in order
 */
export function placeTable(readme: string, table: string): string {
  const [before, inside, ...more] = readme.split(begin);
  const [, after, ...rest] = (inside ?? "").split(end);
  if (after === undefined || more.length > 0 || rest.length > 0) throw new Error(`expected "${begin}" … "${end}" once`);
  return `${before}${begin}\n\n${table}\n${end}${after}`;
}

function tableRow(name: string, { says }: BenchmarkResult, row: Row): string {
  const { ratio, goal, stretch, better, verdict, unit } = row;
  const sign = better === "more" ? "≥" : "≤";
  const bound = (value: number | undefined): string => (value === undefined ? "" : `${sign} ${value}`);
  const figure = `${plain(ratio.median)}${unit === undefined ? "" : ` ${unit}`}`;
  const spread = `${plain(ratio.low)} to ${plain(ratio.high)}`;
  const what = `\`${name}\`, ${says}: ${row.says}`;
  return `| ${[what, figure, spread, bound(goal), bound(stretch), verdict ?? ""].join(" | ")} |`;
}

/** Of the runs, each said once. */
function surroundingsOf(results: readonly BenchmarkResult[]): string {
  const all = results.map(({ surroundings }) => surroundings);
  const list = (values: readonly string[]): string => [...new Set(values)].join(", ");
  const peers = list(all.flatMap(({ peers }) => Object.entries(peers).map(([peer, version]) => `${peer} ${version}`)));
  const rounds = list(all.map(({ rounds }) => `${rounds}`));
  return (
    `Last run: ${list(all.map(({ date }) => date))}, Node ${list(all.map(({ node }) => node))}, ` +
    `${list(all.map(({ machine }) => machine))}, medians of ${rounds} interleaved rounds; ${peers}.`
  );
}

if (process.argv[1]?.endsWith("readme-table.ts")) {
  const table = speedTable(await readResults());
  if (process.argv[2] === "--write") {
    const readme = new URL("../README.md", import.meta.url);
    await writeFile(readme, placeTable(await readFile(readme, "utf8"), table));
  } else process.stdout.write(table);
}
