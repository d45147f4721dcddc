/** Parses rows of a table (RFC 4180), by csv-parse wherever they are not plain. */

import { CsvError, parse } from "csv-parse/sync";

import type { SealfoldError } from "../errors.ts";
import { dataFault } from "./_faults.ts";
import { type JsonRows, PlainRows } from "./_plain-rows.ts";

/** Whose rows are parsed. */
export interface RowPlace {
  readonly file: string;
  /** The number of the first row. */
  readonly row: number;
}

export class RowParser {
  readonly #delimiter: string;
  readonly #columns: number;
  readonly #plain: PlainRows;

  /** @param delimiter - see {@link expectDelimiter} */
  constructor(delimiter: string, columns: number) {
    this.#delimiter = delimiter;
    this.#columns = columns;
    this.#plain = new PlainRows(delimiter.charCodeAt(0), columns);
  }

  /**
   * @param block - whole rows of valid UTF-8
   * @throws {SealfoldError} DATA_RECORD for a row that is malformed or has not one cell for each column
   */
  parse(block: Buffer, place: RowPlace): JsonRows {
    const plain = this.#plain.convert(block);
    if (plain !== undefined) return plain;
    const rows = parseRows(block, this.#delimiter, place);
    let json = "";
    for (const [index, row] of rows.entries()) {
      if (row.length !== this.#columns) {
        throw rowFault(place, index, `has ${cells(row.length)} where the header has ${this.#columns}`);
      }
      json += `${JSON.stringify(row)}\n`;
    }
    return { json: Buffer.from(json), rows: rows.length };
  }
}

/**
 * @param block - whole rows of valid UTF-8
 * @returns the cells of each row; empty rows are left out
 * @throws {SealfoldError} DATA_RECORD
 */
export function parseRows(block: Buffer, delimiter: string, place: RowPlace): readonly (readonly string[])[] {
  try {
    return parse(block, {
      delimiter,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // The parser's own message quotes the cell.
    throw rowFault(place, Number(error.records ?? 0), faults[error.code] ?? "is malformed");
  }
}

/** @throws {RangeError} unless `delimiter` is one printable ASCII character or a tab, and not a quote */
export function expectDelimiter(delimiter: string): void {
  if (/^[\t\x20-\x7e]$/.test(delimiter) && delimiter !== '"') return;
  throw new RangeError('"delimiter" expected one ASCII character that is not a quote');
}

const faults: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: "has something between a closing quote and the next cell",
  INVALID_OPENING_QUOTE: "has a quote within a cell that does not begin with one",
  CSV_QUOTE_NOT_CLOSED: "has a quote that is not closed",
};

/** @param index - of the row among those that are parsed */
export function rowFault({ file, row }: RowPlace, index: number, fault: string): SealfoldError {
  return dataFault("DATA_RECORD", { file, unit: "row", number: row + index }, fault);
}

function cells(count: number): string {
  return count === 1 ? "1 cell" : `${count} cells`;
}
