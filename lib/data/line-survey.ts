/**
 * What whoever reads lines in a reader's place finds out about them, so that the reader need not see them: where a chunk
 * ends, how many lines it has, and which of them is none.
 */

import { isUtf8 } from "node:buffer";

import type { Digest } from "../crypto/hash.ts";
import { countLineFeeds } from "./_line-feeds.ts";
import type { FileRange } from "./plain-chunk.ts";

/** What is wrong with a line: its number among those that were looked at, from 0. */
export interface LineFault {
  readonly kind: "length" | "encoding";
  readonly line: number;
}

/** Lines of a chunk. */
export interface LineSurvey {
  readonly lines: number;
  /** Of the first line that is too long; where there is none, of the first that is not UTF-8. */
  readonly fault?: LineFault | undefined;
}

/** Reads lines, and commits to them, in a reader's place. */
export interface Surveyor {
  /** For a file of fewer bytes it is not worth while. */
  readonly leastBytes: number;
  /** Reads a range of a file, and takes the whole lines in it for the next chunk. It is called for one chunk after the other. */
  survey(range: FileRange, recordBytes: number): Surveying;
}

export interface Surveying {
  /**
   * Bytes of the chunk, as soon as that is known; 0 when no line ends in the range, and then there is no chunk.
   * @throws {SealfoldError} DATA_FILE; DATA_CHANGED when the file is shorter than the range
   */
  readonly cut: Promise<number>;
  /** @throws {SealfoldError} as `cut`, and nothing else */
  readonly found: Promise<LineSurvey & { readonly leaf: Digest }>;
}

const lineFeed = 0x0a;

/** @returns bytes up to the end of the last line in `block` */
export function wholeLines(block: Buffer): number {
  return block.lastIndexOf(lineFeed) + 1;
}

/**
 * @param lines - whole lines
 * @param recordBytes - how long one may be
 */
export function surveyLines(lines: Buffer, recordBytes: number): LineSurvey {
  return { lines: countLineFeeds(lines, 0, lines.length), fault: faultOf(lines, recordBytes) };
}

function faultOf(lines: Buffer, recordBytes: number): LineFault | undefined {
  const long = findLongLine(lines, { from: 0, to: lines.length, lineFrom: 0, most: recordBytes });
  if (long !== undefined) return { kind: "length", line: countLineFeeds(lines, 0, long) };
  const line = findInvalidLine(lines);
  return line === undefined ? undefined : { kind: "encoding", line };
}

/** Where to look for a line that is too long. */
export interface LongLineSearch {
  readonly from: number;
  readonly to: number;
  /** Where the line at `from` begins: before it, where part of that was elsewhere. */
  readonly lineFrom: number;
  /** Bytes that a line may have. */
  readonly most: number;
}

/**
 * Lines between two line feeds that are no further apart than a record may be long are short, whatever is between them.
 * @returns where in `block[from..to)` the first too long line begins, be it ended or open
 */
export function findLongLine(block: Buffer, { from, to, lineFrom, most }: LongLineSearch): number | undefined {
  for (let start = lineFrom; to - start > most;) {
    const found = block.lastIndexOf(lineFeed, start + most);
    const begin = Math.max(from, start);
    if (found < begin) return begin;
    start = found + 1;
  }
  return undefined;
}

/** @returns the number, from 0, of the first of these whole lines that is not valid UTF-8 */
export function findInvalidLine(lines: Buffer): number | undefined {
  if (isUtf8(lines)) return undefined;
  let number = 0;
  let from = 0;
  // No byte of a longer UTF-8 sequence is a line feed, so one of the lines is invalid by itself.
  for (let to = lines.indexOf(lineFeed); to !== -1 && isUtf8(lines.subarray(from, to)); number++) {
    from = to + 1;
    to = lines.indexOf(lineFeed, from);
  }
  return number;
}
