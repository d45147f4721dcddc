import { expect } from "chai";

import { TaskChunks } from "../../lib/coordinator/task-chunks.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { codeOf } from "../sandbox/_code-of.ts";

const names = [["a", "b"], ["c"], ["d", "e"]];

/** A store of one-byte entries that remembers what it was asked for. */
class Asked {
  readonly names: string[] = [];
  broken = false;

  get(name: string): Promise<Uint8Array> {
    this.names.push(name);
    if (this.broken) return Promise.reject(new SealfoldError("DATA_FILE"));
    return Promise.resolve(Uint8Array.of(name.charCodeAt(0)));
  }
}

function opened(done: readonly number[] = []): { readonly store: Asked; readonly chunks: TaskChunks } {
  const store = new Asked();
  return { store, chunks: new TaskChunks({ store, names, done: new Map(done.map((task) => [task, true])) }) };
}

async function textOf(chunks: Promise<readonly Uint8Array[]>): Promise<string> {
  return Buffer.concat(await chunks).toString();
}

describe("coordinator/task-chunks", () => {
  it("gives each task its chunks in order, read ahead or not", async () => {
    const { store, chunks } = opened();
    expect(await textOf(chunks.take(0))).to.equal("ab");
    chunks.readAhead();
    expect(store.names).to.deep.equal(["a", "b", "c"]);
    expect(await textOf(chunks.take(2))).to.equal("de");
    expect(await textOf(chunks.take(1))).to.equal("c");
    expect(store.names).to.deep.equal(["a", "b", "c", "d", "e"]);
  });

  it("reads one task ahead and no more, and none that was taken or done before", () => {
    const { store, chunks } = opened([1]);
    void chunks.take(0);
    for (let i = 0; i < 5; i++) chunks.readAhead();
    expect(store.names).to.deep.equal(["a", "b", "d", "e"]);
    void chunks.take(2);
    chunks.readAhead();
    expect(store.names).to.deep.equal(["a", "b", "d", "e"]);
  });

  it("reads anew for another attempt: nobody is given what somebody else has", async () => {
    const { chunks } = opened();
    chunks.readAhead();
    const [first, second] = [await chunks.take(0), await chunks.take(0)];
    expect(second).to.deep.equal(first);
    expect(second[0]).to.not.equal(first[0]);
  });

  it("tells who takes it what went wrong when it was read ahead, and tries again", async () => {
    const { store, chunks } = opened();
    store.broken = true;
    chunks.readAhead();
    store.broken = false;
    expect(await codeOf(() => chunks.take(0))).to.equal("DATA_FILE");
    expect(await textOf(chunks.take(0))).to.equal("ab");
  });
});
