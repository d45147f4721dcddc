/** Writes results to standard output: one JSON line each for machines, key and value for people. */

import { once } from "node:events";
import type { Writable } from "node:stream";

import { formatNumber, printable, type Screen } from "./screen-text.ts";

/** A key and its result. */
export type ResultPair = readonly [key: unknown, value: unknown];

const pieceLength = 64 * 1024;

/**
 * @param results - in the order in which they are written
 * @param asJson - `{"key":…,"value":…}` on each line; else key, tab, value, with strings as they are where harmless
 */
export async function writeResults(results: Iterable<ResultPair>, stdout: Writable, asJson: boolean): Promise<void> {
  let piece = "";
  for (const [key, value] of results) {
    piece += asJson ? `${JSON.stringify({ key, value })}\n` : `${plain(key)}\t${plain(value)}\n`;
    if (piece.length < pieceLength) continue;
    if (!stdout.write(piece)) await once(stdout, "drain");
    piece = "";
  }
  if (piece !== "" && !stdout.write(piece)) await once(stdout, "drain");
}

/** Writes what was counted under each name; nothing where nothing may be counted. */
export function writeCounts(counts: Readonly<Record<string, number>>, screen: Screen): void {
  const shown = Object.entries(counts).map(([name, count]) => `${printable(name)} ${formatNumber(count)}`);
  if (shown.length > 0) screen.write(`counted: ${shown.join(", ")}\n`);
}

function plain(value: unknown): string {
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}
