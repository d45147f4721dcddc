import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { DiskStore } from "../../lib/coordinator/disk-store.ts";
import type { SealfoldError } from "../../lib/errors.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { diskStoreUrl, ended } from "./_other-process.ts";

describe("coordinator/folder-lock", () => {
  let parent: string;
  let folder: string;
  let count = 0;

  before(async () => (parent = await mkdtemp(join(tmpdir(), "sealfold-test-"))));
  beforeEach(() => (folder = join(parent, `store-${count++}`)));
  after(() => rm(parent, { recursive: true }));

  async function kept(name: string): Promise<void> {
    await using store = await DiskStore.open(folder);
    await store.put(name, Buffer.from("content"));
  }

  async function codeOfGet(name: string): Promise<string> {
    await using store = await DiskStore.open(folder);
    return codeOf(() => store.get(name));
  }

  describe("in a folder that is not its own", () => {
    it("says STATE_FORMAT, and leaves everything as it was", async () => {
      await mkdir(folder);
      await writeFile(join(folder, "thesis.txt"), "years of work");
      expect(await codeOf(() => DiskStore.open(folder))).to.equal("STATE_FORMAT");
      expect(await readdir(folder)).to.deep.equal(["thesis.txt"]);
    });

    it("says STATE_FORMAT of every other version, and of a version that was altered, cut or is no file", async () => {
      await kept("a");
      const path = join(folder, "sealfold-store");
      const whole = await readFile(path, "latin1");
      for (const text of [whole.replace("1", "2"), `${whole} `, whole.slice(0, -1), "", whole.toUpperCase()]) {
        await writeFile(path, text);
        expect(await codeOf(() => DiskStore.open(folder)), text).to.equal("STATE_FORMAT");
      }
      await rm(path);
      expect(await codeOf(() => DiskStore.open(folder))).to.equal("STATE_FORMAT");
      await mkdir(path);
      expect(await codeOf(() => DiskStore.open(folder))).to.equal("STATE_FORMAT");
    });

    it("says STATE_FORMAT of a link to a folder: what it keeps is where it says", async () => {
      await kept("a");
      await symlink(folder, `${folder}-link`);
      expect(await codeOf(() => DiskStore.open(`${folder}-link`))).to.equal("STATE_FORMAT");
    });

    it("takes a folder in which a process was killed before the version was there", async () => {
      await mkdir(folder);
      await writeFile(join(folder, "lock-1"), "999999999 1\n");
      await writeFile(join(folder, "sealfold-store.half-0"), "seal");
      await kept("a");
      expect(await codeOfGet("a")).to.equal("none");
    });
  });

  describe("between processes", () => {
    it("is one process's at a time: STATE_IN_USE for every other, and in this process", async () => {
      const store = await DiskStore.open(folder);
      expect(await codeOf(() => DiskStore.open(folder))).to.equal("STATE_IN_USE");
      expect(await elsewhere()).to.equal("STATE_IN_USE");
      await store.close();
      expect(await elsewhere()).to.equal("none");
      await (await DiskStore.open(folder)).close();
    }).timeout(20_000);

    it("is taken over from a process that is gone, also where its number is used again", async () => {
      await kept("a");
      const before = (await readdir(folder)).filter((name) => name.startsWith("lock-"));
      await writeFile(join(folder, before[0] ?? ""), `${process.pid} 1\n`); // this process's number, another's beginning
      expect(await codeOfGet("a")).to.equal(process.platform === "linux" ? "none" : "STATE_IN_USE");
    });

    it("is had by one of many who find it free at once, also with a stale lock there", async () => {
      await kept("a");
      for (let round = 0; round < 20; round++) {
        const locks = (await readdir(folder)).filter((name) => name.startsWith("lock-"));
        expect(locks.length).to.equal(1);
        await writeFile(join(folder, locks[0] ?? ""), "999999999 1\n");
        const tries = await Promise.allSettled(Array.from({ length: 8 }, () => DiskStore.open(folder)));
        const had = tries.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
        const codes = tries.flatMap((result) => (result.status === "rejected" ? [result.reason as SealfoldError] : []));
        expect(had.length).to.equal(1);
        expect(new Set(codes.map(({ code }) => code))).to.deep.equal(new Set(["STATE_IN_USE"]));
        for (const store of had) await store.close();
      }
      expect((await readdir(folder)).filter((name) => name.startsWith("try-"))).to.deep.equal([]);
    });

    async function elsewhere(): Promise<string> {
      const source = `
        import { DiskStore } from ${JSON.stringify(diskStoreUrl)};
        try { await (await DiskStore.open(${JSON.stringify(folder)})).close(); console.log("none"); }
        catch (error) { console.log(error.code); }`;
      const [output] = await ended(source);
      return output.trim();
    }
  });
});
