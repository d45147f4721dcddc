/** Cuts the plaintext of a chunk into records, as `data/format.ts` lays them out, and maps each. */

import { charCodeAt, defineProperty, indexOf, isArray, makeBytes, setBytes, slice } from "./_intrinsics.ts";
import type { Engine } from "./engine.ts";
import { readJson } from "./read-json.ts";
import { type Failure, status } from "./verdict.ts";

/** Makes a record of one line of a chunk; undefined when the line is malformed. */
export type LineReader = (line: string) => unknown;

const carriageReturn = 0x0d;

/** Maps each line of `text`; the last need not be ended. @returns 0 or the failure that ended it */
export function mapLines(engine: Engine, text: string, read: LineReader | undefined): Failure | 0 {
  const length = text.length;
  let from = 0;
  while (from < length) {
    const found = indexOf(text, "\n", from);
    const to = found === -1 ? length : found;
    const line = slice(text, from, to > from && charCodeAt(text, to - 1) === carriageReturn ? to - 1 : to);
    const record = read === undefined ? line : read(line);
    if (record === undefined) return status.record;
    const failure = engine.map(record);
    if (failure !== 0) return failure;
    from = to + 1;
  }
  return 0;
}

/** Maps each record of `chunk`: its length as u32, big-endian, before its bytes, of which the program gets a copy. */
export function mapBytes(engine: Engine, chunk: ArrayBuffer, length: number): Failure | 0 {
  const bytes = makeBytes(chunk, 0, length);
  let from = 0;
  while (from < length) {
    const size = from + 4 <= length ? sizeAt(bytes, from) : length;
    from += 4;
    if (size > length - from) return status.record;
    const record = makeBytes(size);
    setBytes(record, makeBytes(chunk, from, size));
    const failure = engine.map(record);
    if (failure !== 0) return failure;
    from += size;
  }
  return 0;
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
