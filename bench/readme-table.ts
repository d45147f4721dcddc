/**
 * `node --import tsx bench/readme-table.ts [--write]`: the last run's table for the README's section "Speed", printed, or
 * written there between its two marks.
 */

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { format, resolveConfig } from "prettier";

import { benchmarks, otherNames } from "./catalogue.ts";
import { plain } from "./report.ts";
import { type BenchmarkResult, readResults, type Results, type Row } from "./results.ts";
import { median } from "./statistics.ts";

const begin = "<!-- speed: made by bench/readme-table.ts -->";
const end = "<!-- /speed -->";

/** Contenders in the order of the table's columns; others, such as scaling's, are not in it. */
const columns = [
  "sealfold",
  "bare",
  "bare-pieces",
  "bare-bytes",
  "node",
  "duckdb",
  "chdb",
  "mawk",
  "gawk",
  "c",
] as const;

/** All benchmarks that have a place in the table, in its order. */
const known: readonly string[] = [...Object.keys(benchmarks), ...otherNames];

/**
 * @returns Markdown: where it was measured, a row per ratio that has a goal, what each contender took, and what was not
 * measured
 */
export function speedTable(results: Results): string {
  const place = (name: string): number => (known.includes(name) ? known.indexOf(name) : known.length);
  const all = Object.entries(results).sort(([a], [b]) => place(a) - place(b));
  const rows = all.flatMap(([name, { rows }]) => rows.filter(isJudged).map((row) => tableRow(name, row)));
  const judged = `| benchmark | ratio | median | spread | goal | stretch | |\n${rule(7)}\n${rows.join("\n")}`;
  const seconds = all.flatMap(([name, { says, runs }]) => secondsRow(`\`${name}\`: ${says}`, runs));
  const taken =
    seconds.length === 0
      ? ""
      : `\nSeconds of CPU, and by the wall:\n\n| benchmark | ${columns.join(" | ")} |\n${rule(columns.length + 1)}\n${seconds.join("\n")}\n`;
  const unknown = known.filter((name) => results[name] === undefined).map((name) => `\`${name}\``);
  const missing = unknown.length === 0 ? "" : `\nNot measured in this state: ${unknown.join(", ")}.\n`;
  return `${surroundingsOf(Object.values(results))}\n\n${judged}\n${missing}${taken}`;
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

function isJudged({ goal }: Row): boolean {
  return goal !== undefined;
}

function tableRow(name: string, row: Row): string {
  const { says, ratio, goal, stretch, better, verdict, unit } = row;
  const sign = better === "more" ? "≥" : "≤";
  const bound = (value: number | undefined): string => (value === undefined ? "" : `${sign} ${value}`);
  const figure = `${plain(ratio.median)}${unit === undefined ? "" : ` ${unit}`}`;
  const spread = `${plain(ratio.low)} to ${plain(ratio.high)}`;
  return `| ${[`\`${name}\``, says, figure, spread, bound(goal), bound(stretch), verdict ?? ""].join(" | ")} |`;
}

/** @returns no row where sealfold was not held against others */
function secondsRow(says: string, runs: BenchmarkResult["runs"]): readonly string[] {
  if (runs["sealfold"] === undefined) return [];
  const cells = columns.map((contender) => {
    const measures = runs[contender] ?? [];
    const of = (what: "cpu" | "wall"): string => plain(median(measures.map((measure) => measure[what])));
    return measures.length === 0 ? "" : `${of("cpu")}, ${of("wall")}`;
  });
  return [`| ${[says, ...cells].join(" | ")} |`];
}

function rule(cells: number): string {
  return `|${" --- |".repeat(cells)}`;
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
    const readme = fileURLToPath(new URL("../README.md", import.meta.url));
    const text = placeTable(await readFile(readme, "utf8"), table);
    await writeFile(readme, await format(text, { ...(await resolveConfig(readme)), parser: "markdown" }));
  } else process.stdout.write(table);
}
