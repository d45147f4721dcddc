import { spawn } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";

import { DiskStore, type StoreStep } from "../../lib/coordinator/disk-store.ts";
import { entryFileName } from "../../lib/coordinator/entry-file.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { diskStoreUrl, ended } from "./_other-process.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

describe("coordinator/disk-store", () => {
  let parent: string;
  let folder: string;
  let count = 0;

  before(async () => (parent = await mkdtemp(join(tmpdir(), "sealfold-test-"))));
  beforeEach(() => (folder = join(parent, `store-${count++}`)));
  after(() => rm(parent, { recursive: true }));

  const fileOf = (name: string): string => join(folder, entryFileName(name));

  /** A store with one entry, closed again. */
  async function kept(name: string, content: Uint8Array): Promise<void> {
    await using store = await DiskStore.open(folder);
    await store.put(name, content);
  }

  async function codeOfGet(name: string): Promise<string> {
    await using store = await DiskStore.open(folder);
    return codeOf(() => store.get(name));
  }

  describe("as a store", () => {
    it("is a map from names to bytes, also after it was closed and opened", async () => {
      const step = fc.record({
        kind: fc.constantFrom("put", "put", "remove", "reopen"),
        name: fc.constantFrom("a", "a/b", "a/b/handshake", "../../etc/passwd", "", ".", "ä\0\n", "x".repeat(4096)),
        content: fc.uint8Array({ maxLength: 100 }),
        commit: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (all) => {
          folder = join(parent, `store-${count++}`);
          const model = new Map<string, Uint8Array>();
          let store = await DiskStore.open(folder);
          for (const { kind, name, content, commit } of all) {
            if (kind === "put") await store.put(name, content, { commit });
            if (kind === "put") model.set(name, content);
            if (kind === "remove") await store.remove(name);
            if (kind === "remove") model.delete(name);
            if (kind === "reopen") await store.close();
            if (kind === "reopen") store = await DiskStore.open(folder);
          }
          for (const [name, content] of model) expect(await store.get(name)).to.deep.equal(content);
          expect(await store.list("")).to.deep.equal([...model.keys()].toSorted());
          expect(await store.list("a/")).to.deep.equal([...model.keys()].filter((n) => n.startsWith("a/")).toSorted());
          await store.close();
        }),
        { numRuns: 20 },
      );
    });

    it("says NOT_READY of what it does not have, and CANCELLED when it was closed", async () => {
      const store = await DiskStore.open(folder);
      expect(await codeOf(() => store.get("a"))).to.equal("NOT_READY");
      await store.close();
      await store.close();
      for (const use of [store.get("a"), store.put("a", bytes("")), store.remove("a"), store.list("")]) {
        expect(await codeOf(() => use)).to.equal("CANCELLED");
      }
    });

    it("gives whole buffers, so that what is posted to a sandbox is what was asked for alone", async () => {
      await kept("a", bytes("content"));
      await using store = await DiskStore.open(folder);
      expect((await store.get("a")).buffer.byteLength).to.equal(7);
    });

    it("refuses names and contents beyond its bounds", async () => {
      await using store = await DiskStore.open(folder);
      let refused: unknown;
      await store.put("é".repeat(2049), bytes("")).catch((error: unknown) => (refused = error));
      expect(refused).to.be.instanceOf(RangeError);
      expect(await store.list("")).to.deep.equal([]);
    });

    it("leads no name out of its folder, and leaves its files to this user alone", async () => {
      await using store = await DiskStore.open(folder);
      const names = [
        "../out",
        "/etc/out",
        "..",
        ".",
        "",
        "a/../../../out",
        "C:\\out",
        "con",
        "lock-9",
        "sealfold-store",
      ];
      for (const name of names) await store.put(name, bytes(name));
      const files = (await readdir(folder)).filter((name) => !/^(?:lock-\d+|sealfold-store)$/.test(name));
      expect(files.every((name) => /^[0-9a-f]{64}$/.test(name))).to.equal(true);
      expect(files.length).to.equal(names.length);
      expect((await readdir(parent)).every((name) => name.startsWith("store-"))).to.equal(true);
      if (process.platform === "win32") return;
      for (const name of files) expect((await stat(join(folder, name))).mode & 0o777).to.equal(0o600);
      expect((await stat(folder)).mode & 0o777).to.equal(0o700);
    });
  });

  describe("when a process is killed over it", () => {
    it("tells each step at its moment: the old entry is in its place until the new one is on the disk", async () => {
      await using store = await DiskStore.open(folder);
      await store.put("a", bytes("old"));
      const told: string[] = [];
      const seen = (message: unknown): void => {
        const { step, name } = message as StoreStep;
        if (name === "a") told.push(step);
      };
      subscribe("sealfold:store", seen);
      try {
        await store.put("a", bytes("new"), { commit: true });
        await store.remove("a");
      } finally {
        unsubscribe("sealfold:store", seen);
      }
      expect(told).to.deep.equal(["written", "synced", "renamed", "removed"]);
    });

    it("has the old entry or the new one, whole, whenever that is", async () => {
      for (const step of ["written", "synced", "renamed"] as const) {
        await kept("a", bytes("old"));
        await killedAt(step, "a");
        await using store = await DiskStore.open(folder);
        expect(Buffer.from(await store.get("a")).toString()).to.equal(step === "renamed" ? "new" : "old");
        expect((await readdir(folder)).filter((name) => name.includes("half"))).to.deep.equal([]);
      }
    }).timeout(30_000);

    it("removes what was half written when it is opened, and nothing else", async () => {
      await kept("a", bytes("content"));
      await writeFile(`${fileOf("b")}.half-3`, "sealf");
      await writeFile(join(folder, "notes.half"), "somebody's");
      await (await DiskStore.open(folder)).close();
      const files = await readdir(folder);
      expect(files).to.include("notes.half");
      expect(files.some((name) => name.endsWith(".half-3"))).to.equal(false);
    });

    async function killedAt(step: string, name: string): Promise<void> {
      const source = `
        import { subscribe } from "node:diagnostics_channel";
        import { DiskStore } from ${JSON.stringify(diskStoreUrl)};
        const store = await DiskStore.open(${JSON.stringify(folder)});
        subscribe("sealfold:store", (at) => {
          if (at.step === ${JSON.stringify(step)} && at.name === ${JSON.stringify(name)}) process.kill(process.pid, "SIGKILL");
        });
        await store.put(${JSON.stringify(name)}, Buffer.from("new"));`;
      const [, signal] = await ended(source);
      expect(signal).to.equal("SIGKILL");
    }
  });

  describe("on a disk that does not do as it should", () => {
    for (const code of ["ENOSPC", "EACCES", "EIO"]) {
      it(`says DATA_FILE and where, on ${code}; keeps what it has, and no half of what it was given`, async () => {
        let failing = false;
        const openFile = (async (...args: Parameters<typeof open>) => {
          const handle = await open(...args);
          if (failing) {
            handle.writeFile = () => Promise.reject(Object.assign(new Error("told to fail"), { code }));
          }
          return handle;
        }) as typeof open;
        await using store = await DiskStore.open(folder, { openFile });
        await store.put("a", bytes("old"));
        failing = true;
        const failure = await store.put("a", bytes("new")).catch((error: unknown) => error);
        expect(failure).to.be.instanceOf(SealfoldError);
        expect((failure as SealfoldError).code).to.equal("DATA_FILE");
        expect((failure as SealfoldError).message).to.contain(code);
        expect((failure as SealfoldError).place.file).to.equal(fileOf("a"));
        failing = false;
        expect(await store.get("a")).to.deep.equal(bytes("old"));
        expect((await readdir(folder)).filter((name) => name.includes("half"))).to.deep.equal([]);
      });
    }

    it("says DATA_FILE when it cannot be there", async () => {
      await writeFile(folder, "a file");
      expect(await codeOf(() => DiskStore.open(join(folder, "inside")))).to.equal("DATA_FILE");
      expect(await codeOf(() => DiskStore.open(`${parent}/${"x".repeat(300)}`))).to.equal("DATA_FILE");
    });

    it("says DATA_FILE of a folder that may not be written to", async function () {
      if (process.getuid?.() === 0 || process.platform === "win32") this.skip(); // who may do everything
      await mkdir(folder, { mode: 0o500 });
      expect(await codeOf(() => DiskStore.open(folder))).to.equal("DATA_FILE");
      await chmod(folder, 0o700);
    });
  });

  describe("when its files are not as it wrote them", () => {
    it("says STATE_DAMAGED of an entry of which any bit is flipped", async () => {
      const content = bytes("some sealed bytes");
      await kept("name/of it", content);
      const whole = await readFile(fileOf("name/of it"));
      await using store = await DiskStore.open(folder);
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const flipped = Buffer.from(whole);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await writeFile(fileOf("name/of it"), flipped);
        expect(await codeOf(() => store.get("name/of it")), `bit ${bit}`).to.equal("STATE_DAMAGED");
      }
      await writeFile(fileOf("name/of it"), whole);
      expect(await store.get("name/of it")).to.deep.equal(content);
    });

    it("says STATE_DAMAGED of an entry that was cut anywhere, or has more behind it", async () => {
      await kept("a", bytes("content"));
      const whole = await readFile(fileOf("a"));
      await using store = await DiskStore.open(folder);
      for (let length = 0; length < whole.length; length++) {
        await writeFile(fileOf("a"), whole.subarray(0, length));
        expect(await codeOf(() => store.get("a")), `${length} bytes`).to.equal("STATE_DAMAGED");
        await store.list("");
      }
      await writeFile(fileOf("a"), Buffer.concat([whole, Buffer.of(0)]));
      expect(await codeOf(() => store.get("a"))).to.equal("STATE_DAMAGED");
    });

    it("says STATE_DAMAGED of another entry in an entry's place, and lists it under neither name", async () => {
      await kept("a", bytes("of a"));
      await rename(fileOf("a"), fileOf("b"));
      expect(await codeOfGet("b")).to.equal("STATE_DAMAGED");
      await using store = await DiskStore.open(folder);
      expect(await store.list("")).to.deep.equal([]);
    });

    it("follows no link, and waits for no pipe, in an entry's place", async function () {
      if (process.platform === "win32") this.skip();
      await kept("a", bytes("of a"));
      await rename(fileOf("a"), join(parent, "elsewhere"));
      await symlink(join(parent, "elsewhere"), fileOf("a"));
      await mkdir(fileOf("b"));
      expect(await codeOfGet("a")).to.equal("STATE_DAMAGED");
      expect(await codeOfGet("b")).to.equal("STATE_DAMAGED");
      const [status] = await once(spawn("mkfifo", [fileOf("c")]), "exit");
      expect(status).to.equal(0);
      expect(await codeOfGet("c")).to.equal("STATE_DAMAGED");
      await using store = await DiskStore.open(folder);
      await store.put("a", bytes("new"));
      expect(await readFile(join(parent, "elsewhere"), "latin1")).to.contain("of a");
      expect(await store.list("")).to.deep.equal(["a"]);
      await store.remove("b");
      await rm(join(parent, "elsewhere"));
    });
  });
});
