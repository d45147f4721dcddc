import { setImmediate } from "node:timers/promises";

import { expect } from "chai";

import { sha256 } from "../../lib/crypto/hash.ts";
import { toHex } from "../../lib/crypto/bytes.ts";
import { chunkKey, chunkLeaf, type ChunkName, chunkOverhead, openChunk } from "../../lib/data/chunk.ts";
import type { ChunkShelf } from "../../lib/data/chunk-shelf.ts";
import { ChunkSealing, type ChunkSealingParts } from "../../lib/party/seal-chunks.ts";
import { Sealer } from "../../lib/party/sealing-thread.ts";
import { faultOf, Folder } from "../data/_files.ts";

const key = new Uint8Array(32).fill(3);
const length = 100_000;
const count = 12;
const all = Uint8Array.from({ length: count * length }, (_, at) => (at * 31) >> 8);

const dataset = { owner: "ann", input: "in", epoch: 1 };
const nameOf = (index: number): ChunkName => ({ ...dataset, index });
const partOf = (index: number): Uint8Array => all.subarray(index * length, (index + 1) * length);

/** The same numbers for every sealing. */
function counting(): ChunkSealingParts["random"] {
  let drawn = 0;
  return (bytes) => new Uint8Array(bytes).fill(++drawn);
}

/** Seals all, from memory of the sealing's own or from that of the input. @returns leaves as text */
async function sealAll(parts: Partial<ChunkSealingParts>, take: "lent" | "kept"): Promise<readonly string[]> {
  const sealing = new ChunkSealing({ dataset, key, random: counting(), deposit: () => Promise.resolve(), ...parts });
  try {
    for (let index = 0; index < count; index++) {
      const plaintext = take === "kept" ? partOf(index) : sealing.plain.take(length);
      if (take === "lent") plaintext.set(partOf(index));
      await sealing.add({ bytes: plaintext, records: 2 });
    }
    const leaves = await sealing.finish();
    expect(sealing.records).to.equal(2 * count);
    return leaves.map(toHex);
  } finally {
    await sealing.close();
  }
}

describe("party/seal-chunks", () => {
  for (const threads of [0, 1, 2]) {
    it(`deposits every chunk in order, and opens to what it was, with ${threads} threads`, async () => {
      for (const take of ["lent", "kept"] as const) {
        const deposited: string[] = [];
        const leaves = await sealAll(
          {
            threads,
            bytesAlone: 2 * length,
            deposit: async ({ index }, sealed, unkept) => {
              await setImmediate();
              const opening = { key: chunkKey(key, nameOf(index)), name: nameOf(index) };
              const plain = openChunk(opening.key, opening.name, sealed);
              expect(Buffer.compare(plain, partOf(index)), `chunk ${index}`).to.equal(0);
              deposited.push(toHex(chunkLeaf(opening, plain)));
              expect(deposited).to.have.length(index + 1);
              sealed.fill(0);
              unkept(sealed);
            },
          },
          take,
        );
        expect(leaves).to.have.length(count).and.to.deep.equal(deposited);
      }
    });
  }

  it("seals the same here and in threads", async () => {
    const here = await sealAll({ threads: 0 }, "lent");
    expect(await sealAll({ threads: 2, bytesAlone: 0 }, "lent")).to.deep.equal(here);
    expect(await sealAll({ threads: 2, bytesAlone: 0 }, "kept")).to.deep.equal(here);
  });

  it("takes no memory that is an input's own, and none that a depository keeps", async () => {
    const before = toHex(sha256(all));
    const kept: Uint8Array[] = [];
    await sealAll(
      { threads: 1, bytesAlone: length, deposit: (_, sealed) => Promise.resolve(void kept.push(sealed)) },
      "kept",
    );
    expect(toHex(sha256(all))).to.equal(before);
    kept.forEach((sealed, index) => {
      const plain = openChunk(chunkKey(key, nameOf(index)), nameOf(index), sealed);
      expect(Buffer.compare(plain, partOf(index)), `chunk ${index}`).to.equal(0);
    });
  });

  it("starts no thread for what is small", async () => {
    let drawn = 0;
    const threads = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "MessagePort").length;
    const atFirst = threads();
    const deposit = (): Promise<void> => Promise.resolve(void (drawn = Math.max(drawn, threads() - atFirst)));
    await sealAll({ threads: 2, bytesAlone: count * length, deposit }, "lent");
    expect(drawn).to.equal(0);
    await sealAll({ threads: 2, bytesAlone: length, deposit }, "lent");
    expect(drawn).to.be.above(0);
  });

  it("has few chunks on their way while deposits wait", async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let added = 0;
    const sealing = new ChunkSealing({
      dataset,
      key,
      random: counting(),
      threads: 2,
      bytesAlone: 0,
      deposit: () => gate,
    });
    const adding = (async () => {
      for (; added < count; added++) await sealing.add({ bytes: partOf(added), records: 1 });
    })();
    for (let turn = 0; turn < 200; turn++) await setImmediate();
    expect(added).to.equal(6); // the seventh waits for the first
    go();
    await adding;
    expect(await sealing.finish()).to.have.length(count);
    await sealing.close();
  });

  describe("of a file, offered", () => {
    let folder: Folder;
    let file: string;
    let shelf: ChunkShelf;
    let leaves: readonly string[];
    const offered: [index: number, length: number][] = [];
    const deposited: number[] = [];

    beforeEach(async () => {
      folder = new Folder();
      file = folder.write("all", all);
      offered.length = 0;
      deposited.length = 0;
      const sealing = new ChunkSealing({
        dataset,
        key,
        random: counting(),
        threads: 1,
        bytesAlone: 2 * length,
        deposit: ({ index }) => Promise.resolve(void deposited.push(index)),
        offer: ({ index }, bytes) => Promise.resolve(void offered.push([index, bytes])),
      });
      for (let index = 0; index < count; index++) {
        // the fourth cannot be read again
        const source = index === 3 ? undefined : { file, start: index * length, length };
        await sealing.add({ bytes: partOf(index), records: 1, source });
      }
      leaves = (await sealing.finish()).map(toHex);
      expect(sealing.hasOffered).to.equal(true);
      shelf = sealing;
    });

    afterEach(async () => {
      await shelf.close();
      folder.remove();
    });

    it("are deposited while they are few, or can be read once only", () => {
      expect(deposited).to.deep.equal([0, 1, 3]);
      const rest = [2, 4, 5, 6, 7, 8, 9, 10, 11];
      expect(offered).to.deep.equal(rest.map((index) => [index, length + chunkOverhead]));
    });

    /** @returns what is in a chunk, and its leaf as text */
    function opened(index: number, sealed: Uint8Array): { plain: Uint8Array; leaf: string } {
      const opening = { key: chunkKey(key, nameOf(index)), name: nameOf(index) };
      const plain = openChunk(opening.key, opening.name, sealed);
      return { plain, leaf: toHex(chunkLeaf(opening, plain)) };
    }

    it("open to what was committed to whenever they are wanted, and in whatever order", async () => {
      for (const index of [11, 2, 2, 7]) {
        const { plain, leaf } = opened(index, await shelf.chunk(index));
        expect(leaf).to.equal(leaves[index]);
        expect(Buffer.compare(plain, partOf(index)), `chunk ${index}`).to.equal(0);
        await shelf.check(index);
      }
    });

    it("have another nonce each time: it may be another text by then", async () => {
      const nonces = new Set<string>();
      for (let time = 0; time < 5; time++) nonces.add(toHex((await shelf.chunk(2)).subarray(1, 13)));
      expect(nonces.size).to.equal(5);
    });

    it("are sealed nowhere before they are wanted", () => {
      const done = new Sealer().seal({
        key: chunkKey(key, nameOf(0)),
        name: nameOf(0),
        nonce: new Uint8Array(12),
        plaintext: partOf(0),
      });
      expect(done.sealed).to.equal(undefined);
    });

    it("use memory again that is spared", async () => {
      const { buffer } = await shelf.chunk(4);
      expect(buffer.byteLength).to.be.at.least(length);
      shelf.spare(new Uint8Array(buffer));
      const sealed = await shelf.chunk(5);
      expect(opened(5, sealed).leaf).to.equal(leaves[5]);
    });

    it("are found out when one bit of the file was changed, by their leaf", async () => {
      const changed = Uint8Array.from(all);
      changed[6 * length + 17] = (changed[6 * length + 17] as number) ^ 1;
      folder.write("all", changed);
      expect(opened(6, await shelf.chunk(6)).leaf).to.not.equal(leaves[6]);
      expect(await faultOf(shelf.check(6))).to.deep.include({ code: "DATA_CHANGED", place: { file } });
      await shelf.check(7);
      expect(opened(7, await shelf.chunk(7)).leaf, "others stay good").to.equal(leaves[7]);
    });

    it("are refused when the file was cut, or is gone", async () => {
      folder.write("all", all.subarray(0, 8 * length - 1));
      for (const refused of [shelf.chunk(7), shelf.check(7)]) {
        expect(await faultOf(refused)).to.deep.include({ code: "DATA_CHANGED", place: { file } });
      }
      await shelf.close();
      const sealing = new ChunkSealing({
        dataset,
        key,
        random: counting(),
        threads: 1,
        bytesAlone: 0,
        deposit: () => Promise.resolve(),
        offer: () => Promise.resolve(),
      });
      const short = folder.write("short", all.subarray(0, length));
      await sealing.add({ bytes: partOf(0), records: 1, source: { file: short, start: 0, length } });
      await sealing.finish();
      folder.remove();
      const fault = await faultOf(sealing.chunk(0));
      await sealing.close();
      expect(fault).to.deep.include({ code: "DATA_FILE", place: { file: short } });
      expect(fault.message).to.contain("does not exist");
    });
  });

  for (const threads of [0, 2]) {
    it(`ends with what a deposit threw, with ${threads} threads`, async () => {
      const deposits: number[] = [];
      const deposit: ChunkSealingParts["deposit"] = ({ index }) => {
        deposits.push(index);
        return index === 3 ? Promise.reject(new Error("the disk is full")) : Promise.resolve();
      };
      let thrown: unknown;
      await sealAll({ threads, bytesAlone: 0, deposit }, "lent").catch((error: unknown) => (thrown = error));
      expect(thrown).to.be.instanceOf(Error).with.property("message", "the disk is full");
      expect(deposits).to.deep.equal([0, 1, 2, 3]);
    });
  }
});
