import { expect } from "chai";

import { sendCells } from "../../lib/coordinator/partition-cells.ts";
import { MemoryStore } from "../../lib/coordinator/store.ts";
import { done } from "../../lib/demo/cheats.ts";
import { type ErrorCode, SealfoldError } from "../../lib/errors.ts";
import type { AskOptions, SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { codeOf } from "../sandbox/_code-of.ts";

type Sent = Parameters<typeof sendCells>[1];

/** What each of so many tasks sent to partition 1, of lengths that differ. */
const tasks = [3000, 2000, 5000, 1000];

/** A store that remembers what it was asked for, and fails at one name. */
class Asked extends MemoryStore {
  readonly names: string[] = [];
  broken = "";

  override get(...[name, memory]: Parameters<MemoryStore["get"]>): Promise<Uint8Array> {
    this.names.push(name);
    return name === this.broken ? Promise.reject(new SealfoldError("DATA_FILE")) : super.get(name, memory);
  }
}

async function cells(): Promise<{ readonly store: Asked; readonly sent: Sent }> {
  const store = new Asked();
  for (const [task, length] of tasks.entries()) {
    await store.put(`cell/job/${task}/a${task}/1/handshake`, Uint8Array.of(task));
    await store.put(`cell/job/${task}/a${task}/1`, new Uint8Array(length).fill(task));
  }
  const map = tasks.map((_, task) => ({ document: { task, attempt: `a${task}` } })) as unknown as Sent["map"];
  return { store, sent: { store, jobId: "job", partition: 1, map } };
}

/** Until what is being read is there. */
const read = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

const patience = { timeout: 7, batchTimeout: 5 };

/** A reducer: what it does with each cell. */
function reducer(merge: (parts: readonly Uint8Array[], options: AskOptions) => void): Pick<SandboxLink, "ask"> {
  return {
    ask: (_kind, _body, parts = [], options = {}) => {
      merge(parts, options);
      return Promise.resolve(done);
    },
  };
}

/** Whoever is given a buffer has it alone. */
const given = (bytes: Uint8Array): Uint8Array => structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] });

describe("coordinator/partition-cells", () => {
  it("sends each cell in plan order, whole, whatever its memory held before", async () => {
    const { sent } = await cells();
    const seen: unknown[] = [];
    const link = reducer(([handshake, cell], { back, ...options }) => {
      const { length, [0]: first } = given(cell!);
      seen.push([...handshake!, length, first, options]);
      back?.([new Uint8Array(6000).fill(99)]);
    });
    await sendCells(link, sent, patience);
    expect(seen).to.deep.equal(tasks.map((length, task) => [task, length, task, { ...patience, given: true }]));
  });

  it("reads into the memory that came back, and takes no more of it than it sends", async () => {
    const { sent } = await cells();
    const memory = [new ArrayBuffer(6000), new ArrayBuffer(6000)];
    const buffers: ArrayBufferLike[] = [];
    const link: Pick<SandboxLink, "ask"> = {
      ask: async (_kind, _body, [, cell] = [], { back } = {}) => {
        buffers.push(cell!.buffer);
        await read();
        const spare = memory.pop();
        if (spare !== undefined) back?.([new Uint8Array(spare)]);
        return done;
      },
    };
    await sendCells(link, sent, patience);
    expect(buffers.map(({ byteLength }) => byteLength)).to.deep.equal([3000, 2000, 6000, 6000]);
    expect(new Set(buffers).size).to.equal(tasks.length);
  });

  it("reads the next cell while one is merged, and no further", async () => {
    const { store, sent } = await cells();
    const names: number[] = [];
    const link: Pick<SandboxLink, "ask"> = {
      ask: async () => {
        await read();
        names.push(store.names.length);
        return done;
      },
    };
    await sendCells(link, sent, patience);
    expect(names).to.deep.equal([4, 6, 8, 8]);
  });

  it("tells what went wrong, of a cell that was read ahead too, and leaves nothing that nobody meets", async () => {
    const { store, sent } = await cells();
    let merged = 0;
    const failing = (at: number): Pick<SandboxLink, "ask"> => ({
      ask: () => (++merged === at ? Promise.reject(new SealfoldError("SANDBOX_DIED")) : Promise.resolve(done)),
    });
    const code = (at: number): Promise<ErrorCode | undefined> =>
      codeOf(() => sendCells(failing(at), sent, patience)) as Promise<ErrorCode | undefined>;
    store.broken = "cell/job/2/a2/1";
    expect(await code(0)).to.equal("DATA_FILE");
    expect(merged, "cells before it").to.equal(2);
    merged = 0;
    expect(await code(2)).to.equal("SANDBOX_DIED"); // while the broken one is read
    await read();
  });
});
