/** Reads tables: CSV after RFC 4180, with a header. */

import { SealfoldError } from "../errors.ts";
import { expectUtf8, recordTooLarge } from "./_faults.ts";
import { LineCutter } from "./_line-cutter.ts";
import { countLineFeeds } from "./_line-feeds.ts";
import { peek } from "./_peek.ts";
import { readChunks, type RecordReader } from "./_read-chunks.ts";
import { expectDelimiter, parseRows, rowFault, type RowPlace, RowParser } from "./_row-parser.ts";
import { expectPaths, findSources, marksOf, type Paths, type Source, withoutMark } from "./_sources.ts";
import { findRowEnd, RowEnds, WholeRecords } from "./_whole-records.ts";
import type { RecordFormat } from "./format.ts";
import type { Input } from "./input.ts";
import { type ChunkOptions, type ChunkSizes, chunkSizes, type PlainChunk } from "./plain-chunk.ts";

export interface CsvOptions {
  /** One ASCII character between cells. Default `,`. */
  readonly delimiter?: string | undefined;
}

/** A record: a string for each column that the program names. */
type Row<T> = { readonly [Column in keyof T]: string };

/** The header may be as large as the largest record of any policy. */
const headerSizes: ChunkSizes = { chunkBytes: 1024 * 1024, recordBytes: 64 * 1024 * 1024 };

/**
 * Each row of the tables is a record of strings, by the columns' names in the first row. All files must have the same
 * header and be UTF-8; a byte order mark is left out, and so are empty rows.
 * @param paths - file names, perhaps with wildcards (`*`, `?`, `**`); `-` is the standard input
 * @throws {TypeError} when there is no name; {RangeError} for a delimiter of another kind; reading throws
 * {@link SealfoldError} DATA_FILE, DATA_ENCODING, DATA_EMPTY, DATA_RECORD when a row is malformed, has more or fewer
 * cells than the header, or headers differ, LIMIT_RECORD or CANCELLED
 */
export function csv<T extends Row<T> = Record<string, string>>(paths: Paths, options: CsvOptions = {}): Input<T> {
  const { delimiter = "," } = options;
  expectDelimiter(delimiter);
  const names = expectPaths(paths);
  const table = new Table(names, delimiter);
  return { format: () => table.format(), chunks: (options = {}) => table.chunks(options), marks: () => marksOf(names) };
}

class Table {
  readonly #names: readonly string[];
  readonly #delimiter: string;
  #format: Promise<RecordFormat> | undefined;
  #columns: readonly string[] | undefined;
  /** The first source, where it is a pipe of which the header was read. */
  #pipe: Source | undefined;

  constructor(names: readonly string[], delimiter: string) {
    this.#names = names;
    this.#delimiter = delimiter;
  }

  format(): Promise<RecordFormat> {
    this.#format ??= this.#readFormat();
    return this.#format;
  }

  async *chunks(options: ChunkOptions): AsyncGenerator<PlainChunk> {
    const sizes = chunkSizes(options);
    const [found, ...others] = await this.#sources();
    const first = this.#pipe ?? found;
    const reader = new CsvReader(sizes, this.#delimiter, this.#columns);
    yield* readChunks(first === undefined ? others : [first, ...others], reader, options);
  }

  async #sources(): Promise<readonly Source[]> {
    return (await findSources(this.#names)).map(withoutMark);
  }

  async #readFormat(): Promise<RecordFormat> {
    const [first] = await this.#sources();
    if (first === undefined) throw new SealfoldError("DATA_FILE");
    const reader = new CsvReader(headerSizes, this.#delimiter, undefined);
    reader.begin(first.name);
    const source = await peek(first, (block) => {
      drop(reader.read(block));
      return reader.columns !== undefined;
    });
    if (reader.columns === undefined) drop(reader.end());
    if (source.size === undefined) this.#pipe = source;
    this.#columns = reader.columns;
    return { kind: "csv", columns: reader.columns ?? [] };
  }
}

class CsvReader implements RecordReader {
  readonly #recordBytes: number;
  readonly #delimiter: string;
  readonly #cutter: LineCutter;
  /** Made of the first header, or of the one that is expected. */
  #parser: RowParser | undefined;
  #columns: readonly string[] | undefined;
  #hasHeader = false;
  readonly #ends = new RowEnds();
  readonly #whole = new WholeRecords((block) => this.#ends.findLast(block));
  #file = "";
  /** The row and the line that are read now. */
  #row = 1;
  #line = 1;

  constructor(sizes: ChunkSizes, delimiter: string, columns: readonly string[] | undefined) {
    this.#recordBytes = sizes.recordBytes;
    this.#delimiter = delimiter;
    this.#cutter = new LineCutter(sizes, "row");
    this.#columns = columns;
  }

  /** Undefined before the first header was read. */
  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  begin(file: string): void {
    this.#file = file;
    this.#row = 1;
    this.#line = 1;
    this.#hasHeader = false;
    this.#cutter.begin(file);
  }

  *read(block: Buffer): Generator<PlainChunk> {
    yield* this.#rows(this.#whole.push(block));
    if (this.#whole.openBytes <= this.#recordBytes) return;
    const hint = this.#ends.isQuoted ? "; perhaps a quote is not closed" : "";
    throw recordTooLarge({ file: this.#file, unit: "row", number: this.#row }, this.#recordBytes, hint);
  }

  *end(): Generator<PlainChunk> {
    // A row that still has a quote open is malformed, and the parser says how.
    yield* this.#rows(this.#whole.rest());
    if (!this.#hasHeader) {
      throw new SealfoldError("DATA_EMPTY", `${this.#file} has no header`, { file: this.#file });
    }
    yield* this.#cutter.end();
  }

  finish(): Generator<PlainChunk> {
    return this.#cutter.finish();
  }

  *#rows(block: Buffer): Generator<PlainChunk> {
    expectUtf8(block, this.#file, this.#line);
    const body = this.#hasHeader ? block : this.#readHeader(block);
    if (body.length > 0 && this.#parser !== undefined) {
      const { json, rows } = this.#parser.parse(body, this.#place());
      this.#cutter.skipTo(this.#row);
      yield* this.#cutter.read(json);
      this.#row += rows;
    }
    this.#line += countLineFeeds(block, 0, block.length);
  }

  /** @returns what follows the header */
  #readHeader(block: Buffer): Buffer {
    for (let from = 0; from < block.length;) {
      const to = findRowEnd(block, from);
      const [header] = parseRows(block.subarray(from, to), this.#delimiter, this.#place());
      from = to;
      if (header === undefined) continue;
      this.#setHeader(header);
      return block.subarray(from);
    }
    return Buffer.alloc(0);
  }

  #setHeader(header: readonly string[]): void {
    this.#columns ??= header;
    if (!isSame(header, this.#columns)) throw rowFault(this.#place(), 0, "is not the header of the first file");
    if (new Set(header).size < header.length) throw rowFault(this.#place(), 0, "names a column twice");
    this.#parser ??= new RowParser(this.#delimiter, header.length);
    this.#hasHeader = true;
    this.#row++;
  }

  #place(): RowPlace {
    return { file: this.#file, row: this.#row };
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function drop(chunks: Generator<PlainChunk>): void {
  while (chunks.next().done !== true);
}
