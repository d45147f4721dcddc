import { expect } from "chai";
import fc from "fast-check";

import { jsonl } from "../../lib/data/read-json.ts";
import { chunksOf, faultOf, Folder, textOf } from "./_files.ts";

describe("data/read-json", () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => {
    expect(folder.countOpen()).to.equal(0);
    folder.remove();
  });

  it("gives every value of every file, whatever blank lines are between them", async () => {
    const blank = fc.constantFrom("\n", "\r\n", "\n\n", "\n \t\r\n");
    const values = fc.array(fc.tuple(fc.jsonValue(), blank), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: 1, max: 60 }), async (pairs, chunkBytes) => {
        const content = pairs.map(([value, end]) => JSON.stringify(value) + end).join("");
        const paths = [folder.write("a.jsonl", `\ufeff\n${content}`), folder.write("b.jsonl", content.trimEnd())];
        const chunks = await chunksOf(jsonl(paths), { chunkBytes });
        const text = chunks.map(({ bytes }) => Buffer.from(bytes).toString()).join("");
        const wanted = pairs.map(([value]) => JSON.stringify(value));
        expect(text.replaceAll("\r", "").split("\n")).to.deep.equal([...wanted, ...wanted, ""]);
        expect(chunks.reduce((sum, { records }) => sum + records, 0)).to.equal(2 * pairs.length);
      }),
      { numRuns: 60 },
    );
  });

  it("gives lines that reach over blocks of the file whole", async () => {
    const content = `${JSON.stringify("é".repeat(70_001))}\n`.repeat(6);
    expect(await textOf(jsonl(folder.write("a.jsonl", content)))).to.equal(content);
  });

  it("names the line that is not JSON, and nothing in it", async () => {
    for (const line of ["secret", '{"secret":1', '"a" "secret"', "{'secret':1}", "\u00a0"]) {
      const path = folder.write("a.jsonl", `1\n\n2\n${line}\n3\n`);
      const { code, message, place } = await faultOf(chunksOf(jsonl(path)));
      expect(code).to.equal("DATA_RECORD");
      expect(message).to.equal(`${path}, line 4: not JSON`);
      expect(place).to.deep.equal({ file: path, record: 4 });
    }
  });

  it("names the line that is not UTF-8", async () => {
    const path = folder.write("a.jsonl", Buffer.from('1\n\n"\xff"\n', "latin1"));
    const { code, place } = await faultOf(chunksOf(jsonl(path)));
    expect(code).to.equal("DATA_ENCODING");
    expect(place.record).to.equal(3);
  });

  it("names the line that is too long, ended or not", async () => {
    for (const content of ["1\n\n123456\n", "1\n\n123456", `1\n\n${" ".repeat(600_000)}1`]) {
      const path = folder.write("a.jsonl", content);
      const { code, place } = await faultOf(chunksOf(jsonl(path), { recordBytes: 5 }));
      expect(code).to.equal("LIMIT_RECORD");
      expect(place.record).to.equal(3);
    }
    expect(await textOf(jsonl(folder.write("a.jsonl", "12345")), { recordBytes: 5 })).to.equal("12345\n");
  });

  it("says that there is nothing to read where all lines are blank", async () => {
    expect((await faultOf(chunksOf(jsonl(folder.write("a.jsonl", "\n \n"))))).code).to.equal("DATA_EMPTY");
  });
});
