/** The ratios as one SVG: a bar per row, its goal as a mark, its spread as a line. */

import type { Results, Row } from "./results.ts";

const width = 960;
const labelWidth = 430;
const valueWidth = 190;
const rowHeight = 22;
const headHeight = 30;
const barWidth = width - labelWidth - valueWidth;
const colours = { missed: "#c0392b", met: "#2e86c1", "stretch met": "#1e8449", none: "#7f8c8d" } as const;

/** @returns the text of an SVG document */
export function drawChart(results: Results): string {
  const parts: string[] = [];
  let top = 8;
  for (const [name, { says, rows }] of Object.entries(results)) {
    if (rows.length === 0) continue;
    parts.push(text({ x: 8, y: top + 20, content: `${name}: ${says}`, weight: "bold" }));
    top += headHeight;
    for (const row of rows) {
      parts.push(...drawRow(row, top));
      top += rowHeight;
    }
    top += 8;
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" font-family="sans-serif" font-size="13">\n` +
    `<rect width="${width}" height="${top}" fill="#fff"/>\n${parts.join("\n")}\n</svg>\n`
  );
}

/** Every row has a scale of its own, from zero to the greatest of what it shows. */
function drawRow(row: Row, top: number): readonly string[] {
  const { ratio, goal, verdict, unit } = row;
  const most = Math.max(ratio.high, ratio.median, goal ?? 0) * 1.05;
  const at = (value: number): string => (labelWidth + (barWidth * value) / most).toFixed(1);
  const middle = top + rowHeight / 2;
  const bar = (barWidth * ratio.median) / most;
  const figure = `${plain(ratio.median)}${unit === undefined ? "" : ` ${unit}`}`;
  const worth = goal === undefined ? "" : `, goal ${plain(goal)}: ${verdict}`;
  const parts = [
    text({ x: 16, y: middle + 4, content: row.says }),
    `<rect x="${labelWidth}" y="${top + 4}" width="${bar.toFixed(1)}" height="${rowHeight - 8}" fill="${colours[verdict ?? "none"]}"/>`,
    `<line x1="${at(ratio.low)}" x2="${at(ratio.high)}" y1="${middle}" y2="${middle}" stroke="#222"/>`,
    text({ x: width - valueWidth + 8, y: middle + 4, content: `${figure}${worth}` }),
  ];
  if (goal !== undefined) {
    const x = at(goal);
    parts.push(
      `<line x1="${x}" x2="${x}" y1="${top + 1}" y2="${top + rowHeight - 1}" stroke="#222" stroke-width="2"/>`,
    );
  }
  return parts;
}

interface Label {
  readonly x: number;
  readonly y: number;
  readonly content: string;
  readonly weight?: string;
}

function text({ x, y, content, weight = "normal" }: Label): string {
  return `<text x="${x}" y="${y}" font-weight="${weight}">${escapeText(content)}</text>`;
}

function escapeText(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Three digits, as far as they say something. */
function plain(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
