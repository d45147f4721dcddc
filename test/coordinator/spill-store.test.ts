import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";

import { SpillStore } from "../../lib/coordinator/spill-store.ts";
import { openTemporaryFile, type TemporaryFile } from "../../lib/coordinator/temporary-file.ts";
import { codeOf } from "../sandbox/_code-of.ts";

const MiB = 1024 * 1024;

describe("coordinator/spill-store", () => {
  let folder: string;

  before(async () => (folder = await mkdtemp(join(tmpdir(), "sealfold-test-"))));
  after(() => rm(folder, { recursive: true }));

  const spilling = (memoryBytes: number): SpillStore =>
    new SpillStore({ memoryBytes, openFile: () => openTemporaryFile(folder) });

  it("is a map from names to bytes, whatever fits into memory", async () => {
    const step = fc.record({
      kind: fc.constantFrom("put", "put", "put", "get", "remove"),
      name: fc.constantFrom("a", "b", "c", "d/1", "d/2"),
      bytes: fc.uint8Array({ maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(100), async (steps, memoryBytes) => {
        await using store = spilling(memoryBytes);
        const model = new Map<string, Uint8Array>();
        for (const { kind, name, bytes } of steps) {
          if (kind === "put") model.set(name, bytes);
          if (kind === "remove") model.delete(name);
          if (kind === "get" && model.has(name)) expect(await store.get(name)).to.deep.equal(model.get(name));
          else if (kind === "get") expect(await codeOf(() => store.get(name))).to.equal("NOT_READY");
          else await (kind === "put" ? store.put(name, bytes) : store.remove(name));
          expect(store.heldBytes).to.be.at.most(memoryBytes);
        }
        for (const [name, bytes] of model) expect(await store.get(name)).to.deep.equal(bytes);
        expect(await store.list("d/")).to.deep.equal([...model.keys()].filter(isIn("d/")).toSorted());
      }),
    );
  });

  it("keeps calls that overlap apart: what is read is never half of what was written over it", async () => {
    await using store = spilling(0);
    await store.put("a", new Uint8Array(MiB).fill(1));
    const [before] = await Promise.all([
      store.get("a"),
      store.remove("a"),
      store.put("b", new Uint8Array(MiB).fill(2)),
    ]);
    expect(new Set(before)).to.deep.equal(new Set([1]));
    expect(new Set(await store.get("b"))).to.deep.equal(new Set([2]));
    expect(store.fileBytes).to.equal(MiB);
  });

  it("uses freed room again, and gives it back when nothing is left", async () => {
    await using store = spilling(10);
    for (let round = 0; round < 50; round++) {
      await store.put(`${round}/a`, new Uint8Array(1000));
      await store.put(`${round}/b`, new Uint8Array(500));
      if (round > 0) for (const name of await store.list(`${round - 1}/`)) await store.remove(name);
    }
    expect(store.fileBytes).to.be.at.most(3000);
    for (const name of await store.list("")) await store.remove(name);
    expect(store.fileBytes).to.equal(0);
  });

  it("holds no larger buffer than it counts", async () => {
    await using store = spilling(100);
    await store.put("a", new Uint8Array(MiB).subarray(10, 20));
    expect((await store.get("a")).buffer.byteLength).to.equal(10);
  });

  it("has one file at most, which nobody finds, and none for what fits into memory", async () => {
    let opened = 0;
    const openFile = (): Promise<TemporaryFile> => {
      opened++;
      return openTemporaryFile(folder);
    };
    const store = new SpillStore({ memoryBytes: 100, openFile });
    await store.put("fits", new Uint8Array(100));
    expect(opened).to.equal(0);
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.put(`${i}`, new Uint8Array(100))));
    expect(opened).to.equal(1);
    if (process.platform !== "win32") expect(await readdir(folder)).to.deep.equal([]);
    await store.close();
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it("says DATA_FILE when the disk is full, keeps what it has, and goes on when there is room", async () => {
    let isFull = false;
    const openFile = async (): Promise<TemporaryFile> => {
      const file = await openTemporaryFile(folder);
      const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      return { ...file, write: (...args) => (isFull ? Promise.reject(full) : file.write(...args)) };
    };
    await using store = new SpillStore({ memoryBytes: 0, openFile });
    await store.put("a", Uint8Array.of(1));
    isFull = true;
    expect(await codeOf(() => store.put("a", Uint8Array.of(2, 3)))).to.equal("DATA_FILE");
    expect(await store.get("a")).to.deep.equal(Uint8Array.of(1));
    isFull = false;
    await store.put("b", Uint8Array.of(4));
    expect(await store.get("b")).to.deep.equal(Uint8Array.of(4));
    expect(store.fileBytes).to.equal(2);
  });

  it("says DATA_FILE when there can be no file, and when somebody cut it", async () => {
    const nowhere = new SpillStore({ memoryBytes: 0, openFile: () => openTemporaryFile(join(folder, "missing")) });
    expect(await codeOf(() => nowhere.put("a", Uint8Array.of(1)))).to.equal("DATA_FILE");
    let file: TemporaryFile | undefined;
    const openFile = async (): Promise<TemporaryFile> => (file = await openTemporaryFile(folder));
    await using store = new SpillStore({ memoryBytes: 0, openFile });
    await store.put("a", new Uint8Array(10));
    await file?.shorten(5);
    expect(await codeOf(() => store.get("a"))).to.equal("DATA_FILE");
  });

  it("is closed once and for all, after what was begun", async () => {
    const store = spilling(0);
    const begun = store.put("a", new Uint8Array(MiB));
    await store.close();
    await store.close();
    await begun.catch(() => undefined);
    for (const call of [() => store.put("a", new Uint8Array()), () => store.get("a"), () => store.list("")]) {
      expect(await codeOf(call)).to.equal("CANCELLED");
    }
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it("refuses a bound that is none", () => {
    for (const memoryBytes of [-1, 0.5, Number.NaN]) expect(() => new SpillStore({ memoryBytes })).to.throw(RangeError);
  });
});

function isIn(prefix: string): (name: string) => boolean {
  return (name) => name.startsWith(prefix);
}
