import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { lines } from "../../lib/data/read-lines.ts";
import { chunksOf, drain, faultOf, Folder, textOf } from "./_files.ts";

const text = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "\n", "\n", "\r", "\u0000"), maxLength: 40 });
const blockBytes = 1024 * 1024;

describe("data/read-lines", () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => {
    expect(folder.countOpen()).to.equal(0);
    folder.remove();
  });

  it("gives every line of every file, in order, whatever the size of a chunk", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        async (texts, chunkBytes) => {
          const paths = texts.map((each, index) => folder.write(`${index}.txt`, each));
          const wanted = texts.map((each) => (each === "" || each.endsWith("\n") ? each : `${each}\n`)).join("");
          fc.pre(wanted !== "");
          const chunks = await chunksOf(lines(paths), { chunkBytes });
          expect(Buffer.concat(chunks.map(({ bytes }) => bytes)).toString()).to.equal(wanted);
          for (const { bytes, records } of chunks) {
            expect(bytes.at(-1)).to.equal(0x0a);
            expect(records).to.equal(bytes.filter((byte) => byte === 0x0a).length);
            if (records > 1) expect(bytes.length).to.be.at.most(chunkBytes);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("says where the same bytes lie in a file, and nothing where they lie in none", async () => {
    const begin = fc.constantFrom("", "", "\ufeff");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(begin, text), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        async (texts, chunkBytes) => {
          fc.pre(texts.some(([, each]) => each !== ""));
          const files = texts.map(([mark, each]) => Buffer.from(mark + each));
          const paths = files.map((each, index) => folder.write(`${index}.txt`, each));
          for (const { bytes, source } of await chunksOf(lines(paths), { chunkBytes })) {
            const whole = files.filter((file) => file.indexOf(bytes) !== -1);
            if (source === undefined) continue;
            const file = files[paths.indexOf(source.file)] as Buffer;
            expect(whole).to.include(file);
            expect(source.length).to.equal(bytes.length);
            const again = file.subarray(source.start, source.start + source.length);
            expect(Buffer.compare(again, bytes), `${source.file} from ${source.start}`).to.equal(0);
          }
        },
      ),
      { numRuns: 60 },
    );
    const inside = folder.write("inside.txt", `\ufeff${"0123456789\n".repeat(5)}`);
    const other = folder.write("other.txt", "open at its end");
    const chunks = await chunksOf(lines([inside, other]), { chunkBytes: 22 });
    expect(chunks.map(({ source }) => source)).to.deep.equal([
      { file: inside, start: 3, length: 22 },
      { file: inside, start: 25, length: 22 },
      undefined, // taken when another file had begun
      undefined, // what ends its last line is in no file
    ]);
  });

  it("gives lines that reach over blocks of the file whole, and fills chunks", async () => {
    const line = `${"0123456789".repeat(7_001)}\n`;
    const path = folder.write("long.txt", line.repeat(50));
    const chunks = await chunksOf(lines(path), { chunkBytes: 3 * line.length });
    expect(chunks.map(({ records }) => records)).to.deep.equal([...new Array<number>(16).fill(3), 2]);
    expect(Buffer.concat(chunks.map(({ bytes }) => bytes)).toString()).to.equal(line.repeat(50));
  });

  it("makes a chunk of one line that is larger than a chunk", async () => {
    const path = folder.write("a.txt", `a\n${"b".repeat(100)}\nc\nd\n`);
    const chunks = await chunksOf(lines(path), { chunkBytes: 10 });
    expect(chunks.map(({ records }) => records)).to.deep.equal([1, 1, 2]);
  });

  it("leaves out a byte order mark, and only at the beginning of a file", async () => {
    const a = folder.write("a.txt", "\ufeffone\ntwo\n");
    const b = folder.write("b.txt", "\ufeff\ufeffthree");
    const mark = folder.write("c.txt", "\ufeff");
    expect(await textOf(lines([a, b, mark]))).to.equal("one\ntwo\n\ufeffthree\n");
  });

  it("allows a line of as many bytes as a record may have, and not one more", async () => {
    const path = folder.write("a.txt", "four\nfive");
    expect(await textOf(lines(path), { recordBytes: 4 })).to.equal("four\nfive\n");
    for (const content of ["four\nsecret", "four\nsecret\n"]) {
      const { code, message, place } = await faultOf(
        chunksOf(lines(folder.write("b.txt", content)), { recordBytes: 5 }),
      );
      expect(code).to.equal("LIMIT_RECORD");
      expect(place).to.deep.equal({ file: folder.at("b.txt"), record: 2 });
      expect(message).to.include("b.txt, line 2").and.not.include("secret");
    }
  });

  it("stops at a line that is too long without reading on", async () => {
    const path = folder.write("a.txt", "x".repeat(8 * blockBytes));
    let read = 0;
    const reading = chunksOf(lines(path), { recordBytes: 1000, onProgress: (bytes) => (read = bytes) });
    expect((await faultOf(reading)).code).to.equal("LIMIT_RECORD");
    expect(read).to.be.at.most(blockBytes);
  });

  it("names the line that is not UTF-8, in the file where it is", async () => {
    const a = folder.write("a.txt", "1\n2\n3\n");
    const b = folder.write("b.txt", Buffer.concat([Buffer.from("1\n2\n3 \xc3", "latin1"), Buffer.from("\n4\n")]));
    for (const chunkBytes of [1, 3, 5, 100]) {
      const { code, message, place } = await faultOf(chunksOf(lines([a, b]), { chunkBytes }));
      expect(code).to.equal("DATA_ENCODING");
      expect(place).to.deep.equal({ file: b, record: 3 });
      expect(message).to.equal(`${b}, line 3: not valid UTF-8`);
    }
  });

  it("does not join a character that one file begins and the next ends", async () => {
    const a = folder.write("a.txt", Buffer.of(0x61, 0xc3));
    const b = folder.write("b.txt", Buffer.of(0xa9, 0x0a));
    expect((await faultOf(chunksOf(lines([a, b])))).place).to.deep.equal({ file: a, record: 1 });
  });

  it("says that there is nothing to read", async () => {
    const empty = folder.write("a.txt", "");
    for (const paths of [[empty], [empty, empty]]) {
      expect((await faultOf(chunksOf(lines(paths)))).code).to.equal("DATA_EMPTY");
    }
    expect(await textOf(lines(folder.write("b.txt", "\n")))).to.equal("\n");
  });

  it("says which file is missing or a folder, before it reads any", async () => {
    const a = folder.write("a.txt", "a\n");
    for (const path of [folder.at("missing.txt"), folder.path, `${a}/b`]) {
      const { code, place } = await faultOf(lines([a, path]).chunks({ chunkBytes: 1 }).next());
      expect(code).to.equal("DATA_FILE");
      expect(place).to.deep.equal({ file: path });
    }
  });

  it("tells how much was read, and of how much", async () => {
    const content = "0123456789abcde\n".repeat(160_000);
    const paths = [folder.write("a.txt", content), folder.write("b.txt", "\ufeffx")];
    const told: (readonly [number, number | undefined])[] = [];
    await chunksOf(lines(paths), { onProgress: (read, total) => told.push([read, total]) });
    expect(told.at(-1)?.[1]).to.equal(content.length + 4);
    expect(told.map(([read]) => read)).to.deep.equal(told.map(([read]) => read).toSorted((a, b) => a - b));
  });

  it("ends when it is stopped or left, and closes what is open", async () => {
    const path = folder.write("a.txt", "line\n".repeat(500_000));
    const stop = new AbortController();
    const reading = lines(path).chunks({ chunkBytes: 1000, signal: stop.signal });
    await reading.next();
    stop.abort();
    expect((await faultOf(drain(reading))).code).to.equal("CANCELLED");
    const left = lines(path).chunks({ chunkBytes: 1000 });
    await left.next();
    await left.return(undefined);
    expect((await faultOf(chunksOf(lines(path), { signal: AbortSignal.abort() }))).code).to.equal("CANCELLED");
  });

  it("reads a pipe as it comes, and does not wait for one when it is stopped", async function () {
    if (process.platform === "win32") this.skip();
    const path = folder.at("pipe");
    execFileSync("mkfifo", [path]);
    const writer = openSync(path, "r+");
    writeSync(writer, "one\ntwo\nthr");
    const stop = new AbortController();
    const reading = lines(path).chunks({ chunkBytes: 4, signal: stop.signal });
    expect(Buffer.from((await reading.next()).value?.bytes ?? []).toString()).to.equal("one\n");
    expect(Buffer.from((await reading.next()).value?.bytes ?? []).toString()).to.equal("two\n");
    const waiting = faultOf(reading.next());
    stop.abort();
    expect((await waiting).code).to.equal("CANCELLED");
    closeSync(writer);
    await closed(folder);
  });

  it("refuses wrong use", () => {
    expect(() => lines([])).to.throw(TypeError, '"paths"');
    expect(() => lines("")).to.throw(TypeError, '"paths"');
    expect(() => lines(["a", 1 as unknown as string])).to.throw(TypeError, '"paths"');
    expect(() => lines(["-", "-"])).to.throw(TypeError, "once");
  });

  it("refuses sizes that are not whole numbers above 0", async () => {
    const path = folder.write("a.txt", "a\n");
    for (const options of [{ chunkBytes: 0 }, { chunkBytes: 1.5 }, { recordBytes: -1 }, { recordBytes: Number.NaN }]) {
      const thrown = await chunksOf(lines(path), options).catch((error: unknown) => error);
      expect(thrown).to.be.instanceOf(RangeError);
    }
  });
});

/** A read that waited in the system ends with the pipe; its descriptor is closed after that. */
async function closed(folder: Folder): Promise<void> {
  while (folder.countOpen() > 0) await new Promise((resolve) => setImmediate(resolve));
}
