import { execFileSync, spawnSync } from "node:child_process";
import { openSync, writeSync } from "node:fs";

import { expect } from "chai";
import { parse } from "csv-parse/sync";
import fc from "fast-check";

import { PlainRows } from "../../lib/data/_plain-rows.ts";
import { csv, type CsvOptions } from "../../lib/data/read-csv.ts";
import { chunksOf, closeLater, type Fault, faultOf, Folder, textOf } from "./_files.ts";

const cell = fc.string({
  unit: fc.constantFrom("a", "é", "😀", '"', ",", ";", "\n", "\r", "\\", "\t", " "),
  maxLength: 6,
});
const soup = fc.string({
  unit: fc.constantFrom("a", "é", '"', '"', ",", "\n", "\r\n", "\r", "\\", "\t", "\u0001"),
  maxLength: 20,
});

describe("data/read-csv", () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => {
    expect(folder.countOpen()).to.equal(0);
    folder.remove();
  });

  const rowsOf = async (content: string, options?: CsvOptions): Promise<unknown[]> => {
    const text = await textOf(csv(folder.write("t.csv", content), options));
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  };
  const faultIn = (content: string | Uint8Array, recordBytes?: number): Promise<Fault> =>
    faultOf(chunksOf(csv(folder.write("t.csv", content)), { recordBytes }));

  it("gives back every cell of a table that was written with or without quotes, line ends and delimiters", async () => {
    const table = fc.integer({ min: 1, max: 4 }).chain((width) => {
      return fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 });
    });
    const style = fc.record({
      delimiter: fc.constantFrom(",", ";", "\t"),
      end: fc.constantFrom("\n", "\r\n"),
      quotes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(table, style, async (rows, { delimiter, end, quotes }) => {
        const header = rows[0]?.map((_, index) => `c${index}`) ?? [];
        const content = [header, ...rows].map((row) => row.map((each) => written(each, quotes)).join(delimiter) + end);
        expect(await rowsOf(content.join(""), { delimiter })).to.deep.equal(rows);
      }),
      { numRuns: 100 },
    );
  });

  it("never differs from csv-parse where it does without it", () => {
    let plain = 0;
    fc.assert(
      fc.property(soup, fc.integer({ min: 1, max: 3 }), (content, columns) => {
        const block = Buffer.from(`${content}\n`);
        const converted = new PlainRows(0x2c, columns).convert(block);
        if (converted === undefined) return;
        plain++;
        const rows = parse(block, { record_delimiter: ["\r\n", "\n"], skip_empty_lines: true });
        expect(converted.json.toString()).to.equal(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
        expect(converted.rows).to.equal(rows.length);
      }),
      { numRuns: 2000 },
    );
    expect(plain).to.be.above(100);
  });

  it("names the columns by the header, and leaves out a byte order mark and empty rows", async () => {
    const path = folder.write("t.csv", '\ufeff\r\nplace,"mean, °C"\r\n\r\nBern,1\r\n\r\n');
    const input = csv(path);
    expect(await (input.format as () => Promise<unknown>)()).to.deep.equal({
      kind: "csv",
      columns: ["place", "mean, °C"],
    });
    expect(await textOf(input)).to.equal('["Bern","1"]\n');
    expect(await textOf(input)).to.equal('["Bern","1"]\n');
  });

  it("takes a header without a line end, as a table without rows", async () => {
    const input = csv(folder.write("t.csv", "a,b"));
    expect(await (input.format as () => Promise<unknown>)()).to.deep.equal({ kind: "csv", columns: ["a", "b"] });
    expect((await faultOf(chunksOf(input))).code).to.equal("DATA_EMPTY");
  });

  it("keeps a quoted row whole that reaches over blocks of the file", async () => {
    const long = "0123456789\n".repeat(60_000);
    const before = 200_000; // rows, so that the file's first block ends within the long one
    const rows = await rowsOf(`a,b\n${"3,4\n".repeat(before)}1,"${long}"\n2,x\n`);
    expect(rows.slice(before)).to.deep.equal([
      ["1", long],
      ["2", "x"],
    ]);
  });

  it("cuts chunks between rows", async () => {
    const path = folder.write("t.csv", `a,b\n${"1,2\n".repeat(10)}`);
    const chunks = await chunksOf(csv(path), { chunkBytes: 20 });
    expect(chunks.map(({ records }) => records)).to.deep.equal([2, 2, 2, 2, 2]);
    for (const { bytes } of chunks) expect(Buffer.from(bytes).toString()).to.equal('["1","2"]\n["1","2"]\n');
  });

  for (const [what, content, says] of [
    ["fewer cells", "a,b\n1,2\n\nsecret\n", "row 3: has 1 cell where the header has 2"],
    ["more cells", 'a,b\n1,2\n"secret",4,5', "row 3: has 3 cells where the header has 2"],
    [
      "a quote within a cell",
      'a,b\n1,2\nse"cret,2\n1,"2"',
      "row 3: has a quote within a cell that does not begin with one",
    ],
    [
      "something after a quote",
      'a,b\n1,2\n"se"cret,2',
      "row 3: has something between a closing quote and the next cell",
    ],
    ["an open quote", 'a,b\n1,2\n1,"secret\n3,4\n', "row 3: has a quote that is not closed"],
  ] as const) {
    it(`names the row that has ${what}, and nothing in it`, async () => {
      const { code, message, place } = await faultIn(content);
      expect(code).to.equal("DATA_RECORD");
      expect(message).to.equal(`${folder.at("t.csv")}, ${says}`);
      expect(place).to.deep.equal({ file: folder.at("t.csv"), record: 3 });
    });
  }

  it("refuses a header that names a column twice, or differs from the first file's", async () => {
    expect((await faultIn("a,b,a\n1,2,3\n")).message).to.include("row 1: names a column twice");
    const a = folder.write("a.csv", "a,b\n1,2\n");
    const b = folder.write("b.csv", "b,a\n1,2\n");
    const { code, place } = await faultOf(chunksOf(csv([a, b])));
    expect(code).to.equal("DATA_RECORD");
    expect(place).to.deep.equal({ file: b, record: 1 });
  });

  it("refuses a header that changed since the format was asked for", async () => {
    const input = csv(folder.write("t.csv", "a,b\n1,2\n"));
    await (input.format as () => Promise<unknown>)();
    folder.write("t.csv", "b,a\n1,2\n");
    expect((await faultOf(chunksOf(input))).code).to.equal("DATA_RECORD");
  });

  it("reads several files with one header", async () => {
    const paths = [folder.write("a.csv", "a,b\n1,2"), folder.write("b.csv", "\ufeffa,b\r\n3,4\r\n")];
    expect(await textOf(csv(paths))).to.equal('["1","2"]\n["3","4"]\n');
  });

  it("refuses a row that is too large as it stands in a chunk, also one of many delimiters", async () => {
    expect(await textOf(csv(folder.write("t.csv", "a\n12345\n")), { recordBytes: 9 })).to.equal('["12345"]\n');
    for (const row of ["123456", '"123456"', ",".repeat(2_000_000), `"${"x\n".repeat(800_000)}`]) {
      const { code, place } = await faultIn(`a\n${row}\n`, 9);
      expect(code).to.equal("LIMIT_RECORD");
      expect(place.record).to.equal(2);
    }
  });

  it("names the line that is not UTF-8", async () => {
    const { code, place } = await faultIn(Buffer.from('a\n"1\n2"\n\xff\n', "latin1"));
    expect(code).to.equal("DATA_ENCODING");
    expect(place.record).to.equal(4);
  });

  it("says that a file has no header", async () => {
    for (const content of ["", "\n\r\n"]) expect((await faultIn(content)).code).to.equal("DATA_EMPTY");
  });

  it("refuses delimiters that are not one ASCII character", () => {
    for (const delimiter of ["", ",,", '"', "\n", "§"]) expect(() => csv("a", { delimiter })).to.throw(RangeError);
  });

  it("loses nothing of a pipe when the format is asked for first", async function () {
    if (process.platform === "win32") this.skip();
    const path = folder.at("pipe");
    execFileSync("mkfifo", [path]);
    const writer = openSync(path, "r+");
    writeSync(writer, "a,b\n1,2\n3,");
    const input = csv(path);
    expect(await (input.format as () => Promise<unknown>)()).to.deep.equal({ kind: "csv", columns: ["a", "b"] });
    writeSync(writer, "4\n");
    closeLater(writer);
    expect(await textOf(input)).to.equal('["1","2"]\n["3","4"]\n');
  });

  it("reads the standard input", () => {
    const script = `
      import { csv } from "./lib/data/read-csv.ts";
      const input = csv("-");
      console.log((await input.format()).columns.join());
      for await (const { bytes } of input.chunks()) process.stdout.write(bytes);`;
    const flags = ["--import", "tsx", "--input-type=module", "--eval", script];
    const cwd = new URL("../../", import.meta.url);
    const { stdout, stderr } = spawnSync(process.execPath, flags, { cwd, input: "\ufeffa,b\n1,2\n", encoding: "utf8" });
    expect(stdout, stderr).to.equal('a,b\n["1","2"]\n');
  });
});

/** @returns `cell` as a table has it, in quotes where it must or may be */
function written(cell: string, quotes: boolean): string {
  return quotes || cell === "" || /[",;\t\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
