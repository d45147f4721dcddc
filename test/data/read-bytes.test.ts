import { expect } from "chai";
import fc from "fast-check";

import type { PlainChunk } from "../../lib/data/input.ts";
import { bytes } from "../../lib/data/read-bytes.ts";
import { chunksOf, faultOf, Folder } from "./_files.ts";

describe("data/read-bytes", () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => {
    expect(folder.countOpen()).to.equal(0);
    folder.remove();
  });

  it("makes each file a record, an empty one too", async () => {
    const contents = [Buffer.alloc(0), Buffer.of(0xef, 0xbb, 0xbf, 1), Buffer.alloc(600_000, 7)];
    const paths = contents.map((content, index) => folder.write(`${index}.bin`, content));
    expect(recordsOf(await chunksOf(bytes(paths)))).to.deep.equal(contents);
  });

  it("makes each so many bytes a record, whatever the size of a chunk", async () => {
    const options = fc.record({ size: fc.integer({ min: 1, max: 9 }), chunkBytes: fc.integer({ min: 1, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
        options,
        async (content, { size, chunkBytes }) => {
          const whole = Buffer.concat(Array.from({ length: size }, () => content));
          const path = folder.write("a.bin", whole);
          const chunks = await chunksOf(bytes(path, { recordBytes: size }), { chunkBytes });
          for (const chunk of chunks) if (chunk.records > 1) expect(chunk.bytes.length).to.be.at.most(chunkBytes);
          const records = recordsOf(chunks);
          expect(records.every(({ length }) => length === size)).to.equal(true);
          expect(Buffer.concat(records)).to.deep.equal(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("gives records that reach over blocks of the file whole", async () => {
    const content = Buffer.from(Array.from({ length: 3_500_000 }, (_, index) => index % 251));
    const records = recordsOf(await chunksOf(bytes(folder.write("a.bin", content), { recordBytes: 70_000 })));
    expect(records).to.have.length(50);
    expect(Buffer.concat(records).equals(content)).to.equal(true);
  });

  it("names the record within which a file ends", async () => {
    const path = folder.write("a.bin", Buffer.alloc(10));
    const { code, place } = await faultOf(chunksOf(bytes(path, { recordBytes: 4 })));
    expect(code).to.equal("DATA_RECORD");
    expect(place).to.deep.equal({ file: path, record: 3 });
  });

  it("allows a record of as many bytes as one may have, and not one more", async () => {
    const path = folder.write("a.bin", Buffer.alloc(8));
    expect(await chunksOf(bytes(path), { recordBytes: 8 })).to.have.length(1);
    expect(await chunksOf(bytes(path, { recordBytes: 4 }), { recordBytes: 4 })).to.have.length(1);
    expect((await faultOf(chunksOf(bytes(path), { recordBytes: 7 }))).code).to.equal("LIMIT_RECORD");
    const reading = chunksOf(bytes(path, { recordBytes: 4 }), { recordBytes: 3 });
    expect((await faultOf(reading)).code).to.equal("LIMIT_RECORD");
  });

  it("refuses sizes that are not whole numbers above 0", () => {
    for (const recordBytes of [0, -1, 1.5, Number.NaN]) expect(() => bytes("a", { recordBytes })).to.throw(RangeError);
  });

  it("says that there is nothing to read", async () => {
    const path = folder.write("a.bin", "");
    expect((await faultOf(chunksOf(bytes(path, { recordBytes: 4 })))).code).to.equal("DATA_EMPTY");
  });
});

function recordsOf(chunks: readonly PlainChunk[]): Buffer[] {
  return chunks.flatMap(({ bytes: chunk, records }) => {
    const whole = Buffer.from(chunk);
    const found: Buffer[] = [];
    for (let at = 0; at < whole.length;) {
      const length = whole.readUInt32BE(at);
      found.push(whole.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    expect(found.length).to.equal(records);
    return found;
  });
}
