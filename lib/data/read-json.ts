/** Reads files of one JSON text per line (JSON Lines). */

import { dataFault, expectUtf8, recordTooLarge } from "./_faults.ts";
import { LineCutter } from "./_line-cutter.ts";
import { readChunks, type RecordReader } from "./_read-chunks.ts";
import { expectPaths, findSources, marksOf, type Paths, withoutMark } from "./_sources.ts";
import { findLineEnd, WholeRecords } from "./_whole-records.ts";
import type { Json } from "./canonical.ts";
import type { Input } from "./input.ts";
import { type ChunkOptions, type ChunkSizes, chunkSizes, type PlainChunk } from "./plain-chunk.ts";

const lineFeed = 0x0a;
const blank = /^[ \t\r]*$/;

/**
 * Each line of the files is a record; blank lines are left out. Files must be UTF-8; a byte order mark is left out.
 * @param paths - file names, perhaps with wildcards (`*`, `?`, `**`); `-` is the standard input
 * @throws {TypeError} when there is no name; reading throws {@link SealfoldError} DATA_FILE, DATA_ENCODING, DATA_EMPTY,
 * DATA_RECORD when a line is not JSON, LIMIT_RECORD or CANCELLED
 */
export function jsonl<T extends Json = Json>(paths: Paths): Input<T> {
  const names = expectPaths(paths);
  return {
    format: { kind: "json" },
    chunks: (options = {}) => jsonChunks(names, options),
    marks: () => marksOf(names),
  };
}

async function* jsonChunks(names: readonly string[], options: ChunkOptions): AsyncGenerator<PlainChunk> {
  const reader = new JsonReader(chunkSizes(options));
  const sources = await findSources(names);
  yield* readChunks(sources.map(withoutMark), reader, options);
}

class JsonReader implements RecordReader {
  readonly #recordBytes: number;
  readonly #cutter: LineCutter;
  readonly #whole = new WholeRecords(findLineEnd);
  #file = "";
  /** The line that is read now. */
  #line = 1;

  constructor(sizes: ChunkSizes) {
    this.#recordBytes = sizes.recordBytes;
    this.#cutter = new LineCutter(sizes);
  }

  begin(file: string): void {
    this.#file = file;
    this.#line = 1;
    this.#cutter.begin(file);
  }

  *read(block: Buffer): Generator<PlainChunk> {
    yield* this.#lines(this.#whole.push(block));
    if (this.#whole.openBytes > this.#recordBytes) {
      throw recordTooLarge({ file: this.#file, unit: "line", number: this.#line }, this.#recordBytes);
    }
  }

  *end(): Generator<PlainChunk> {
    yield* this.#lines(this.#whole.rest());
    yield* this.#cutter.end();
  }

  finish(): Generator<PlainChunk> {
    return this.#cutter.finish();
  }

  /** Hands runs of lines between blank ones to the cutter. */
  *#lines(block: Buffer): Generator<PlainChunk> {
    expectUtf8(block, this.#file, this.#line);
    let runFrom = 0;
    this.#cutter.skipTo(this.#line);
    for (let from = 0; from < block.length; this.#line++) {
      const to = block.indexOf(lineFeed, from);
      const isRecord = this.#isRecord(block.toString("utf8", from, to));
      if (!isRecord) {
        yield* this.#cutter.read(block.subarray(runFrom, from));
        this.#cutter.skipTo(this.#line + 1);
        runFrom = to + 1;
      }
      from = to + 1;
    }
    yield* this.#cutter.read(block.subarray(runFrom));
  }

  #isRecord(line: string): boolean {
    try {
      JSON.parse(line);
      return true;
    } catch {
      // The parser's own message quotes the line.
      if (blank.test(line)) return false;
      throw dataFault("DATA_RECORD", { file: this.#file, unit: "line", number: this.#line }, "not JSON");
    }
  }
}
