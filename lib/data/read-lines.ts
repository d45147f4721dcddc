/** Reads text files line by line. */

import { LineCutter } from "./_line-cutter.ts";
import { readChunks } from "./_read-chunks.ts";
import { surveyFile } from "./_survey-file.ts";
import { expectPaths, findSources, marksOf, type Paths, withoutMark } from "./_sources.ts";
import type { Input } from "./input.ts";
import type { Surveyor } from "./line-survey.ts";
import { type ChunkOptions, chunkSizes, type PlainChunk, type SurveyedChunk } from "./plain-chunk.ts";

/**
 * Each line of the files is a record, without its line end; empty lines too. Files must be UTF-8; a byte order mark
 * is left out.
 * @param paths - file names, perhaps with wildcards (`*`, `?`, `**`); `-` is the standard input
 * @throws {TypeError} when there is no name; reading throws {@link SealfoldError} DATA_FILE, DATA_ENCODING, DATA_EMPTY,
 * LIMIT_RECORD or CANCELLED
 */
export function lines(paths: Paths): Input<string> {
  const names = expectPaths(paths);
  return {
    format: { kind: "lines" },
    chunks: (options = {}) => lineChunks(names, options),
    surveyed: (surveyor, options = {}) => surveyedChunks(names, surveyor, options),
    marks: () => marksOf(names),
  };
}

async function* lineChunks(names: readonly string[], options: ChunkOptions): AsyncGenerator<PlainChunk> {
  const cutter = new LineCutter(chunkSizes(options));
  const sources = await findSources(names);
  yield* readChunks(sources.map(withoutMark), cutter, options);
}

async function* surveyedChunks(
  names: readonly string[],
  surveyor: Surveyor,
  options: ChunkOptions,
): AsyncGenerator<PlainChunk | SurveyedChunk> {
  const sizes = chunkSizes(options);
  const cutter = new LineCutter(sizes);
  const sources = await findSources(names);
  yield* readChunks(sources.map(withoutMark), cutter, options, (source, onProgress) =>
    surveyFile(source, { cutter, sizes, surveyor, signal: options.signal, onProgress }),
  );
}
