import { expect } from "chai";

import { toHex } from "../../lib/crypto/bytes.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { chunkKey, chunkLeaf, openChunk } from "../../lib/data/chunk.ts";
import { lines } from "../../lib/data/read-lines.ts";
import { ChunkSealing } from "../../lib/party/seal-chunks.ts";
import { faultOf, Folder } from "../data/_files.ts";

const key = new Uint8Array(32).fill(3);
const dataset = { owner: "ann", input: "in", epoch: 1 };

describe("party/seal-chunks, of a file of lines that is surveyed", () => {
  let folder: Folder;
  let sealing: ChunkSealing;
  const text = Buffer.from("some words\nand more\n".repeat(3000));
  const offered: number[] = [];

  beforeEach(() => {
    folder = new Folder();
    offered.length = 0;
    sealing = new ChunkSealing({
      dataset,
      key,
      random: systemRandom,
      bytesAlone: 0,
      deposit: () => Promise.reject(new Error("nothing of it is deposited")),
      offer: ({ index }) => Promise.resolve(void offered.push(index)),
    });
  });

  afterEach(async () => {
    await sealing.close();
    folder.remove();
  });

  /** Seals a file as a party does. */
  async function sealLines(file: string, recordBytes = 100): Promise<readonly string[]> {
    const options = { chunkBytes: 5000, recordBytes, memory: sealing.plain };
    for await (const chunk of lines(file).surveyed?.(sealing, options) ?? []) {
      await sealing.add(chunk);
    }
    return (await sealing.finish()).map(toHex);
  }

  it("is committed to as it is where it is read here, and opens to that when it is wanted", async () => {
    const file = folder.write("text", text);
    const leaves = await sealLines(file);
    expect(sealing.records).to.equal(6000);
    expect(offered).to.deep.equal(leaves.map((_, index) => index));
    const opened: Uint8Array[] = [];
    for (const [index, leaf] of leaves.entries()) {
      const name = { ...dataset, index };
      const opening = { key: chunkKey(key, name), name };
      const plain = openChunk(opening.key, opening.name, await sealing.chunk(index));
      expect(toHex(chunkLeaf(opening, plain))).to.equal(leaf);
      opened.push(plain);
    }
    expect(Buffer.compare(Buffer.concat(opened), text)).to.equal(0);
  });

  it("is refused for a line that is none, by its number", async () => {
    const wrong = Buffer.from(text);
    wrong[40_000] = 0xff;
    const number = wrong.subarray(0, 40_000).filter((byte) => byte === 0x0a).length + 1;
    const file = folder.write("text", wrong);
    expect(await faultOf(sealLines(file))).to.deep.include({
      code: "DATA_ENCODING",
      place: { file, record: number },
    });
  });

  it("is refused for a line that is too long, by its number", async () => {
    const file = folder.write("text", text);
    expect(await faultOf(sealLines(file, 9))).to.deep.include({ code: "LIMIT_RECORD", place: { file, record: 1 } });
  });

  it("is refused when it is shorter than it was, or is gone", async () => {
    const file = folder.write("text", text.subarray(0, 1000));
    for (const at of ["cut", "found"] as const) {
      const fault = await faultOf(sealing.survey({ file, start: 500, length: 501 }, 100)[at]);
      expect(fault).to.deep.include({ code: "DATA_CHANGED", place: { file } });
      const gone = folder.at("gone");
      const missing = await faultOf(sealing.survey({ file: gone, start: 0, length: 1 }, 100)[at]);
      expect(missing).to.deep.include({ code: "DATA_FILE", place: { file: gone } });
    }
  });

  it("gives no chunk where no line ends", async () => {
    const file = folder.write("text", "a".repeat(100));
    expect(await sealing.survey({ file, start: 0, length: 50 }, 100).cut).to.equal(0);
  });

  it("says where a chunk ends before it is looked at", async () => {
    const order: string[] = [];
    const file = folder.write("text", text);
    const { cut, found } = sealing.survey({ file, start: 11, length: 5000 }, 100);
    await Promise.all([cut.then(() => order.push("cut")), found.then(() => order.push("found"))]);
    expect(order).to.deep.equal(["cut", "found"]);
    expect(await cut).to.equal(text.subarray(11, 5011).lastIndexOf(0x0a) + 1);
  });
});
