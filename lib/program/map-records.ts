/** Cuts the plaintext of a chunk into records, as `data/format.ts` lays them out, and maps each. */

import { charCodeAt, defineProperty, indexOf, isArray, makeBytes, setBytes, slice } from "./_intrinsics.ts";
import type { Engine } from "./engine.ts";
import { readJson } from "./read-json.ts";
import { status } from "./verdict.ts";

/** Makes a record of one line of a chunk; undefined when the line is malformed. */
export type LineReader = (line: string) => unknown;

const carriageReturn = 0x0d;

/** How many characters, or bytes, of records are mapped in one call: between two of them a realm gives a sign of life. */
const batch = 65_536;

/**
 * Maps a batch of the lines of `text` from `from` on; the last need not be ended.
 * @returns where the next line begins, or the failure that ended it
 */
export function mapLines(engine: Engine, text: string, from: number, read: LineReader | undefined): number {
  const length = text.length;
  const until = length - from > batch ? from + batch : length;
  let at = from;
  while (at < until) {
    const found = indexOf(text, "\n", at);
    const to = found === -1 ? length : found;
    const line = slice(text, at, to > at && charCodeAt(text, to - 1) === carriageReturn ? to - 1 : to);
    const record = read === undefined ? line : read(line);
    if (record === undefined) return status.record;
    const failure = engine.map(record);
    if (failure !== 0) return failure;
    at = to + 1;
  }
  return at;
}

/** Records in a buffer, and where the first of them begins. */
export interface ByteRecords {
  readonly buffer: ArrayBuffer;
  readonly length: number;
  readonly from: number;
}

/**
 * Maps a batch of `records`: each is its length as u32, big-endian, before its bytes, of which the program gets a copy.
 * @returns where the next record begins, or the failure that ended it
 */
export function mapBytes(engine: Engine, { buffer, length, from }: ByteRecords): number {
  const bytes = makeBytes(buffer, 0, length);
  const until = length - from > batch ? from + batch : length;
  let at = from;
  while (at < until) {
    const size = at + 4 <= length ? sizeAt(bytes, at) : length;
    at += 4;
    if (size > length - at) return status.record;
    const record = makeBytes(size);
    setBytes(record, makeBytes(buffer, at, size));
    const failure = engine.map(record);
    if (failure !== 0) return failure;
    at += size;
  }
  return at;
}

/** @returns what reads a JSON array of one string per column into an object by column. */
export function csvReader(columns: readonly string[]): LineReader {
  const width = columns.length;
  return (line) => {
    const cells = readJson(line);
    if (!isArray(cells) || cells.length !== width) return undefined;
    const record: Record<string, unknown> = {};
    for (let column = 0; column < width; column++) {
      const name = columns[column] as string;
      if (name === "__proto__") defineProperty(record, name, cell(cells[column]));
      else record[name] = cells[column];
    }
    return record;
  };
}

/** Without a prototype, where a program may have put accessors. */
function cell(value: unknown): PropertyDescriptor {
  return { __proto__: null, value, writable: true, enumerable: true, configurable: true } as PropertyDescriptor;
}

function sizeAt(bytes: Uint8Array, at: number): number {
  const byte = (index: number): number => bytes[index] as number;
  return ((byte(at) << 24) | (byte(at + 1) << 16) | (byte(at + 2) << 8) | byte(at + 3)) >>> 0;
}
