import { expect } from "chai";

import { cutPortions, type Portion, sendTask, TaskChunks } from "../../lib/coordinator/task-chunks.ts";
import { done } from "../../lib/demo/cheats.ts";
import { SealfoldError } from "../../lib/errors.ts";
import type { AskOptions } from "../../lib/sandbox/sandbox.ts";
import { codeOf } from "../sandbox/_code-of.ts";

const names = [[["a"], ["b"]], [["c"]], [["d", "e"]]];

/** A store of one-byte entries that remembers what it was asked for. */
class Asked {
  readonly names: string[] = [];
  readonly spared: [name: string, bytes: number][] = [];
  readonly checked: string[] = [];
  broken = false;
  changed = "";

  get(name: string): Promise<Uint8Array> {
    this.names.push(name);
    if (this.broken) return Promise.reject(new SealfoldError("DATA_FILE"));
    return Promise.resolve(Uint8Array.of(name.charCodeAt(0)));
  }

  check(name: string): Promise<void> {
    this.checked.push(name);
    return name === this.changed ? Promise.reject(new SealfoldError("DATA_CHANGED")) : Promise.resolve();
  }

  spare(name: string, { length }: Uint8Array): void {
    this.spared.push([name, length]);
  }
}

function opened(done: readonly number[] = []): { readonly store: Asked; readonly chunks: TaskChunks } {
  const store = new Asked();
  return { store, chunks: new TaskChunks({ chunks: store, names, done: new Map(done.map((task) => [task, true])) }) };
}

async function all(portions: AsyncIterable<Portion>): Promise<readonly Portion[]> {
  const given: Portion[] = [];
  for await (const portion of portions) given.push(portion);
  return given;
}

/** The text of each portion, and a full stop after the last. */
async function textOf(portions: AsyncIterable<Portion>): Promise<string> {
  const texts = (await all(portions)).map(
    ({ chunks, isLast }) => Buffer.concat(chunks).toString() + (isLast ? "." : " "),
  );
  return texts.join("");
}

describe("coordinator/task-chunks", () => {
  it("gives each task its chunks in order, read ahead or not", async () => {
    const { store, chunks } = opened();
    expect(await textOf(chunks.portions(0))).to.equal("a b.");
    expect(store.names).to.deep.equal(["a", "b", "c"]);
    expect(await textOf(chunks.portions(2))).to.equal("de.");
    expect(await textOf(chunks.portions(1))).to.equal("c.");
    expect(store.names).to.deep.equal(["a", "b", "c", "d", "e"]);
  });

  it("reads the next portion while one is worked on, and no further", async () => {
    const { store, chunks } = opened();
    const portions = chunks.portions(0);
    expect(store.names).to.deep.equal([]);
    await portions.next();
    expect(store.names).to.deep.equal(["a", "b"]);
    await portions.next();
    expect(store.names).to.deep.equal(["a", "b", "c"]);
  });

  it("reads one task ahead and no more, and none that was taken or done before", async () => {
    const { store, chunks } = opened([1]);
    await all(chunks.portions(0));
    await all(chunks.portions(0));
    expect(store.names).to.deep.equal(["a", "b", "d", "e", "a", "b"]);
    await all(chunks.portions(2));
    expect(store.names).to.have.length(6);
  });

  it("reads anew for another attempt: nobody is given what somebody else has", async () => {
    const { chunks } = opened();
    const [first, second] = [await all(chunks.portions(0)), await all(chunks.portions(0))];
    expect(second.map(({ chunks }) => chunks)).to.deep.equal(first.map(({ chunks }) => chunks));
    expect(second[0]?.chunks[0]).to.not.equal(first[0]?.chunks[0]);
  });

  it("tells who takes it what went wrong when it was read ahead, and tries again", async () => {
    const { store, chunks } = opened();
    const portions = chunks.portions(0);
    await portions.next();
    store.broken = true;
    await portions.next();
    store.broken = false;
    expect(await codeOf(() => all(chunks.portions(1)))).to.equal("DATA_FILE");
    expect(await textOf(chunks.portions(1))).to.equal("c.");
  });

  it("sends a task within its time, whatever the number of messages", async () => {
    const asked: unknown[] = [];
    let now = 0;
    const link = {
      ask: (kind: string, body: object, parts: readonly Uint8Array[] = [], { timeout = 0, back }: AskOptions = {}) => {
        asked.push([kind, body, Buffer.concat(parts).toString(), timeout]);
        now += 700;
        if (kind === "chunks") back?.(parts);
        return Promise.resolve(done);
      },
    };
    const patience = { timeout: 1000, batchTimeout: 5, timing: { now: () => now } };
    const store = new Asked();
    const portions = new TaskChunks({ chunks: store, names: [[["a"], ["b"], ["c"]]], done: new Map() }).portions(0);
    expect(await sendTask(link, Buffer.from("grant "), portions, patience)).to.deep.equal({ answer: done, bytes: 3 });
    expect(asked).to.deep.equal([
      ["map", { more: true }, "grant a", 1000],
      ["chunks", { more: true }, "b", 300],
      ["chunks", {}, "c", 1],
    ]);
    expect(store.spared, "what came back").to.deep.equal([
      ["b", 1],
      ["c", 1],
    ]);
  });

  for (const [refused, changed, code, checked] of [
    ["CHUNK_ALTERED", "e", "DATA_CHANGED", "de"],
    ["CHUNK_ALTERED", "", "CHUNK_ALTERED", "de"],
    ["PROGRAM_THREW", "e", "PROGRAM_THREW", ""],
  ] as const) {
    it(`says ${code} of chunks refused with ${refused} where ${changed || "none"} was changed by its owner`, async () => {
      const { store, chunks } = opened();
      store.changed = changed;
      const link = { ask: () => Promise.reject(new SealfoldError(refused)) };
      const patience = { timeout: 1000, batchTimeout: 5, timing: { now: () => 0 } };
      expect(await codeOf(() => sendTask(link, new Uint8Array(), chunks.portions(2), patience))).to.equal(code);
      expect(store.checked.join("")).to.equal(checked);
    });
  }

  it("cuts portions of at most 2 MiB, or of one chunk", () => {
    const mebibyte = 1024 * 1024;
    expect(cutPortions([])).to.deep.equal([]);
    expect(cutPortions([3 * mebibyte])).to.deep.equal([[0]]);
    expect(cutPortions([mebibyte, 3 * mebibyte, mebibyte])).to.deep.equal([[0], [1], [2]]);
    const cut = cutPortions(Array.from({ length: 17 }, () => mebibyte));
    expect(cut.map((portion) => portion.length)).to.deep.equal([2, 2, 2, 2, 2, 2, 2, 2, 1]);
    expect(cut.flat()).to.deep.equal(Array.from({ length: 17 }, (_, index) => index));
  });
});
