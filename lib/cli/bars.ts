/** A small bar chart in text: one line for each label, the longest bar for the greatest value. */

import { cut, formatNumber, lengthOf, padRight, printable } from "./screen-text.ts";

export interface BarsOptions {
  /** Characters in a line. Default 72. */
  readonly width?: number;
  /** The longest label; longer ones are cut. Default 24. */
  readonly labelWidth?: number;
}

const full = "█";
const parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]; // eighths of a character

/**
 * @param entries - labels and values in the order in which they are shown; a negative value has no bar
 * @returns one line for each, without a line break at the end: the label, the value, the bar
 */
export function renderBars(
  entries: Iterable<readonly [label: unknown, value: number]>,
  options: BarsOptions = {},
): string {
  const { width = 72, labelWidth = 24 } = options;
  const rows = Array.from(entries, ([label, value]) => ({
    label: cut(printable(typeof label === "string" ? label : JSON.stringify(label)), labelWidth),
    number: formatNumber(value),
    value,
  }));
  const labels = longest(rows.map(({ label }) => label));
  const numbers = longest(rows.map(({ number }) => number));
  const greatest = rows.reduce((most, { value }) => Math.max(most, value), 0);
  const room = Math.max(width - labels - numbers - 4, 1);
  const lines = rows.map(({ label, number, value }) => {
    const length = greatest > 0 ? (Math.max(value, 0) / greatest) * room : 0;
    return `${padRight(label, labels)}  ${number.padStart(numbers)}  ${bar(length)}`.trimEnd();
  });
  return lines.join("\n");
}

/** @param length - in characters; drawn to the eighth of one */
function bar(length: number): string {
  const eighths = Math.round(length * 8);
  return full.repeat(Math.floor(eighths / 8)) + (parts[eighths % 8] ?? "");
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, lengthOf(text)), 0);
}
