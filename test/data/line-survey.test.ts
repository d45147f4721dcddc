import { readFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { toHex } from "../../lib/crypto/bytes.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { type LineSurvey, surveyLines, type Surveyor, wholeLines } from "../../lib/data/line-survey.ts";
import type { ChunkOptions, FileRange, PlainChunk, SurveyedChunk } from "../../lib/data/plain-chunk.ts";
import { lines } from "../../lib/data/read-lines.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { chunksOf, faultOf, Folder } from "./_files.ts";

const bad = Uint8Array.of(0xff);

/** Line by line. */
function model(each: readonly Uint8Array[], most: number): LineSurvey {
  const long = each.findIndex((line) => line.length > most);
  const invalid = each.findIndex((line) => line.includes(0xff));
  const fault =
    long !== -1
      ? ({ kind: "length", line: long } as const)
      : invalid !== -1
        ? ({ kind: "encoding", line: invalid } as const)
        : undefined;
  return { lines: each.length, fault };
}

describe("data/line-survey", () => {
  const part = fc.constantFrom(Buffer.from("a"), Buffer.from("é"), Buffer.from("😀"), Buffer.from("\r"), bad);
  const line = fc.array(part, { maxLength: 6 }).map((parts) => Buffer.concat(parts));
  const joined = (each: readonly Uint8Array[]): Buffer =>
    Buffer.concat(each.flatMap((one) => [one, Buffer.from("\n")]));

  it("counts lines, and finds the first that is too long, or else is no UTF-8", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.integer({ min: 1, max: 24 }), (each, most) => {
        expect(surveyLines(joined(each), most)).to.deep.equal(model(each, most));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes lines up to where the last of them ends", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 9 }), line, (each, open) => {
        expect(wholeLines(Buffer.concat([joined(each), open]))).to.equal(joined(each).length);
      }),
    );
  });
});

describe("data/read-lines, surveyed", () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => {
    expect(folder.countOpen()).to.equal(0);
    folder.remove();
  });

  /** Reads a range as a party's threads do; its leaves are plain hashes. */
  function surveyorOf(leastBytes = 0): Surveyor & { readonly asked: FileRange[] } {
    const asked: FileRange[] = [];
    const survey: Surveyor["survey"] = (range, recordBytes) => {
      asked.push(range);
      const block = bytesAt(range);
      const whole = block.subarray(0, wholeLines(block));
      const found = { ...surveyLines(whole, recordBytes), leaf: sha256(whole) };
      return { cut: Promise.resolve(whole.length), found: Promise.resolve(found) };
    };
    return { leastBytes, survey, asked };
  }

  const bytesAt = ({ file, start, length }: FileRange): Buffer => readFileSync(file).subarray(start, start + length);

  interface Read {
    readonly text: string;
    readonly records: number;
  }

  function surveyed(
    paths: string | string[],
    surveyor: Surveyor,
    options: ChunkOptions,
  ): AsyncGenerator<PlainChunk | SurveyedChunk> {
    const input = lines(paths);
    if (input.surveyed === undefined) throw new Error("lines can be surveyed");
    return input.surveyed(surveyor, options);
  }

  /** What chunks hold, wherever it lies; each surveyed one commits to just that. */
  async function readAll(
    chunks: AsyncIterable<PlainChunk | SurveyedChunk>,
  ): Promise<{ readonly read: readonly Read[]; readonly surveyed: number }> {
    const read: Read[] = [];
    let surveyed = 0;
    for await (const chunk of chunks) {
      if ("bytes" in chunk) read.push({ text: Buffer.from(chunk.bytes).toString(), records: chunk.records });
      else {
        surveyed++;
        const { leaf, records } = await chunk.found;
        expect(toHex(leaf)).to.equal(toHex(sha256(bytesAt(chunk.source))));
        read.push({ text: bytesAt(chunk.source).toString(), records });
      }
    }
    return { read, surveyed };
  }

  const text = fc.string({ unit: fc.constantFrom("a", "é", "€", "\n", "\n", "\r"), maxLength: 200, size: "max" });
  const mark = fc.constantFrom("", "", "\ufeff");

  it("gives the same lines as when they are read here, in order", async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(mark, text), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(0, 0, 0, 40),
        async (texts, chunkBytes, leastBytes) => {
          fc.pre(texts.some(([, each]) => each !== ""));
          const paths = texts.map((each, index) => folder.write(`${index}.txt`, each.join("")));
          const all = await readAll(surveyed(paths, surveyorOf(leastBytes), { chunkBytes }));
          const here = await chunksOf(lines(paths), { chunkBytes });
          expect(all.read.map((one) => one.text).join("")).to.equal(
            Buffer.concat(here.map(({ bytes }) => bytes)).toString(),
          );
          for (const one of all.read) {
            expect(one.records).to.equal(one.text.split("\n").length - 1);
            if (one.records > 1) expect(Buffer.byteLength(one.text)).to.be.at.most(chunkBytes);
          }
          count += all.surveyed;
        },
      ),
      { numRuns: 200 },
    );
    expect(count, "it must not be about nothing").to.be.above(200);
  });

  it("names the same line as when it is read here, be it too long or no UTF-8", async () => {
    const fault = fc.constantFrom(Buffer.from("\n"), bad, Buffer.from("a".repeat(31)));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 2, maxLength: 5 }), fault, fc.nat(4), async (texts, wrong, at) => {
        const parts = texts.map((each) => Buffer.from(`${each.replaceAll(/[^\n]{9}/gu, "$&\n")}\n`));
        parts.splice(at % parts.length, 0, Buffer.concat([wrong, Buffer.from("\n")]));
        const path = folder.write("one.txt", Buffer.concat(parts));
        const options = { chunkBytes: 60, recordBytes: 30 };
        const read = async (chunks: AsyncIterable<PlainChunk | SurveyedChunk>): Promise<unknown> => {
          try {
            return (await readAll(chunks)).read.map((one) => one.text).join("");
          } catch (error) {
            if (error instanceof SealfoldError) return [error.code, error.message, error.place];
            throw error;
          }
        };
        expect(await read(surveyed(path, surveyorOf(), options))).to.deep.equal(
          await read(lines(path).chunks(options)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("has a file read here from where a line is longer than a chunk", async () => {
    const path = folder.write("long.txt", `${"a\n".repeat(20)}${"b".repeat(30)}\n${"c\n".repeat(20)}`);
    const surveyor = surveyorOf();
    const all = await readAll(surveyed(path, surveyor, { chunkBytes: 10 }));
    expect(surveyor.asked.map(({ start }) => start)).to.deep.equal([0, 10, 20, 30, 40]);
    expect(all.surveyed).to.equal(4);
    expect(all.read.map(({ text: one }) => one).join("")).to.equal(readFileSync(path, "utf8"));
  });

  it("leaves small files alone, and the end of every file", async () => {
    const path = folder.write("one.txt", "abc\n".repeat(10));
    const surveyor = surveyorOf(41);
    await readAll(surveyed(path, surveyor, { chunkBytes: 10 }));
    expect(surveyor.asked).to.deep.equal([]);
    const other = surveyorOf(40);
    await readAll(surveyed(path, other, { chunkBytes: 10 }));
    expect(other.asked.map(({ start }) => start)).to.deep.equal([0, 8, 16, 24]);
  });

  it("tells how far it is, and ends when it is stopped", async () => {
    const path = folder.write("one.txt", "abc\n".repeat(10));
    const progress: (number | undefined)[][] = [];
    const stop = new AbortController();
    const onProgress = (...said: [number, number | undefined]): void => void progress.push(said);
    await readAll(surveyed([path, path], surveyorOf(), { chunkBytes: 12, onProgress }));
    expect(progress.map(([read]) => read)).to.deep.equal([12, 24, 36, 40, 52, 64, 76, 80]);
    expect(new Set(progress.map(([, total]) => total))).to.deep.equal(new Set([80]));
    const stopped = surveyed(path, surveyorOf(), { chunkBytes: 12, signal: stop.signal });
    await stopped.next();
    stop.abort();
    expect(await faultOf(stopped.next())).to.deep.include({ code: "CANCELLED" });
  });
});
