/** Goes through a large file of lines chunk by chunk, without reading it: somebody else does, several chunks at once. */

import { notUtf8, recordTooLarge } from "./_faults.ts";
import type { LineCutter } from "./_line-cutter.ts";
import { expectRunning, markLength, type Source } from "./_sources.ts";
import type { LineSurvey, Surveyor } from "./line-survey.ts";
import type { ChunkSizes, PlainChunk, SurveyedChunk } from "./plain-chunk.ts";

export interface FileSurvey {
  /** Reads what is left: lines that are longer than a chunk, and the end. It has begun the file. */
  readonly cutter: LineCutter;
  readonly sizes: ChunkSizes;
  readonly surveyor: Surveyor;
  readonly signal: AbortSignal | undefined;
  /** Called with the bytes of the file that were gone through. */
  readonly onProgress: (done: number) => void;
}

/**
 * @returns how many bytes were gone through: none of a file that is small, or no file
 * @throws {SealfoldError} DATA_FILE, DATA_CHANGED, CANCELLED; chunks say what is wrong with their lines
 */
export async function* surveyFile(
  { name: file, size = 0 }: Source,
  { cutter, sizes, surveyor, signal, onProgress }: FileSurvey,
): AsyncGenerator<PlainChunk | SurveyedChunk, number, undefined> {
  const { chunkBytes, recordBytes } = sizes;
  if (size < surveyor.leastBytes || size <= chunkBytes) return 0;
  yield* cutter.finish();
  const start = await markLength(file);
  let at = start;
  /** The number of the line that comes next, once all before are known. */
  let line = Promise.resolve(1);
  while (size - at > chunkBytes) {
    expectRunning(signal);
    const { cut, found } = surveyor.survey({ file, start: at, length: chunkBytes }, recordBytes);
    found.catch(() => undefined); // where the cut fails too, that is said
    const length = await cut;
    if (length === 0) break;
    const first = line;
    const checked = found.then(async (survey) => {
      const number = await first;
      expectGood(survey, { file, number, recordBytes });
      return { leaf: survey.leaf, records: survey.lines, next: number + survey.lines };
    });
    line = checked.then(({ next }) => next);
    line.catch(() => undefined); // likewise
    yield { source: { file, start: at, length }, found: checked };
    at += length;
    onProgress(at);
  }
  if (at === start) return 0;
  cutter.skipTo(await line);
  return at;
}

interface LinesPlace {
  readonly file: string;
  /** Of the first line. */
  readonly number: number;
  readonly recordBytes: number;
}

/** @throws {SealfoldError} LIMIT_RECORD, DATA_ENCODING */
function expectGood({ fault }: LineSurvey, { file, number, recordBytes }: LinesPlace): void {
  if (fault === undefined) return;
  const at = number + fault.line;
  if (fault.kind === "encoding") throw notUtf8(file, at);
  throw recordTooLarge({ file, unit: "line", number: at }, recordBytes);
}
