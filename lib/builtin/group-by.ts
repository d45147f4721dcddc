/** The built-in programs that group the rows of delimited text by some of their columns. */

import { concat, utf8 } from "../crypto/bytes.ts";
import type { BuiltProgram } from "../program/bundle.ts";
import type { MinMaxMean } from "../program/numbers.ts";
import { maxParameters, programOf } from "./template.ts";

/** What can be made of the values of a group, in the order of their numbers in `sealfold/1`, from 1 on. */
export const groupAggregates = ["sum", "count", "mean", "min", "max", "min-max-mean"] as const;

export type GroupAggregate = (typeof groupAggregates)[number];

/** A column by its number, from 1 on; or by its name, where there is a header. */
export type Column = number | string;

/** Options of {@link groupBy}. */
export interface GroupByOptions<A extends GroupAggregate = GroupAggregate> {
  /** The columns that make the key: its text is theirs, with the delimiter between them. */
  readonly key: Column | readonly Column[];
  /** The column of decimal numbers; `count` has none. */
  readonly value?: Column | undefined;
  readonly aggregate: A;
  /** One character of ASCII. Default: ",". */
  readonly delimiter?: string | undefined;
  /** The line that names the columns: wherever it comes, it is no row. Default: there is none. */
  readonly header?: string | undefined;
}

/** What becomes of a group. */
export type Grouped<A extends GroupAggregate> = A extends "min-max-mean" ? MinMaxMean : number;

const maxKeys = 16;
const maxColumn = 65_535;
const headBytes = 8 + 2 * maxKeys;
const maxHeader = maxParameters - headBytes;

/**
 * One result for each group of rows: what TypeScript programs get from `emit(columns[key], Number(columns[value]))`.
 * Lines without any character are no rows. Quotation marks mean nothing, so a column that begins with one is refused.
 * @throws {TypeError} when an option is missing, is not what it should be, or names no column of the header
 * @throws {RangeError} when a number is out of its range
 */
export function groupBy<A extends GroupAggregate>(options: GroupByOptions<A>): BuiltProgram<Grouped<A>> {
  const { aggregate, delimiter = ",", header = "", key } = options;
  const code = groupAggregates.indexOf(aggregate) + 1;
  if (code === 0) throw new TypeError(`"aggregate" expected ${groupAggregates.join(", ")}, got ${aggregate}`);
  if (!/^[\t\x20-\x7e]$/.test(delimiter) || /["\dA-Za-z.+-]/.test(delimiter)) {
    throw new TypeError(
      `"delimiter" expected one character of ASCII that is no letter, digit, quotation mark, point or sign, got ${delimiter}`,
    );
  }
  if (/[\r\n]/.test(header)) throw new TypeError('"header" expected one line');
  const names = header === "" ? [] : header.split(delimiter);
  const keys = (Array.isArray(key) ? (key as readonly Column[]) : [key as Column]).map((each) =>
    columnOf("key", each, names),
  );
  if (keys.length < 1 || keys.length > maxKeys || new Set(keys).size < keys.length) {
    throw new RangeError(`"key" expected 1 to ${maxKeys} different columns, got ${keys.length}`);
  }
  const text = utf8(header);
  if (text.length > maxHeader) throw new RangeError(`"header" expected at most ${maxHeader} bytes, got ${text.length}`);
  const head = new DataView(new ArrayBuffer(headBytes));
  head.setUint8(0, code);
  head.setUint8(1, delimiter.charCodeAt(0));
  head.setUint16(2, keys.length, true);
  head.setUint16(4, valueOf(options, names), true);
  head.setUint16(6, text.length, true);
  for (const [at, column] of keys.entries()) head.setUint16(8 + 2 * at, column, true);
  return programOf("group-by", concat(new Uint8Array(head.buffer), text));
}

/** @returns the number of the column of values; 0 where there is none */
function valueOf({ aggregate, value }: GroupByOptions, names: readonly string[]): number {
  if (aggregate !== "count") return columnOf("value", value, names);
  if (value !== undefined) throw new TypeError('"value" expected nothing, for count looks at no value');
  return 0;
}

function columnOf(option: string, column: Column | undefined, names: readonly string[]): number {
  if (typeof column === "string") {
    if (names.length === 0)
      throw new TypeError(`"${option}" expected a number, for there is no header to name columns`);
    const at = names.indexOf(column);
    if (at === -1 || at !== names.lastIndexOf(column)) {
      throw new TypeError(`"${option}" expected a name that one column of the header has, got ${column}`);
    }
    return columnOf(option, at + 1, names);
  }
  if (column === undefined) throw new TypeError(`"${option}" expected a column, got none`);
  const most = names.length === 0 ? maxColumn : names.length;
  if (!Number.isSafeInteger(column) || column < 1 || column > most) {
    throw new RangeError(`"${option}" expected a column from 1 to ${most}, got ${String(column)}`);
  }
  return column;
}
