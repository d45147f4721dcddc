import { readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

import { expect } from "chai";

import { SpillStore } from "../../lib/coordinator/spill-store.ts";
import { type Asked, attempt, type Cheat } from "../claims/_world.ts";
import { InProcessFleet } from "../claims/_in-process-fleet.ts";

const mappers = 2; // as worlds run their jobs
const reducers = 2;
const partitions = 4;
const chunkBytes = 256;
/** At most, and of the small job. */
const chunksPerTask = 125;
const chunksPerSmallTask = 34;
const memoryBytes = 16 * 1024;

const mostOf = { map: mappers, cell: reducers, put: mappers };

/** What a coordinator holds of sealed bytes, outside of its store and of the sandboxes. */
class Gauge {
  bytes = 0;
  mostBytes = 0;
  /** The largest sealed chunk, and the largest cell with its handshake. */
  readonly largest: { chunk: number; cell: number } = { chunk: 0, cell: 0 };
  readonly busy: Record<"map" | "cell" | "put", number> = { map: 0, cell: 0, put: 0 };
  readonly mostBusy: Gauge["busy"] = { map: 0, cell: 0, put: 0 };
  #mostHandles = 0;
  /** When the first chunk came. */
  #handles: number | undefined;

  /** Handles beyond those that there were at first. */
  get handles(): number {
    return this.#mostHandles - (this.#handles ?? 0);
  }

  add(bytes: number): void {
    this.bytes += bytes;
    this.mostBytes = Math.max(this.mostBytes, this.bytes);
    this.#handles ??= openHandles();
    this.#mostHandles = Math.max(this.#mostHandles, openHandles());
  }

  async during<T>(kind: keyof Gauge["busy"], work: () => Promise<T>): Promise<T> {
    this.mostBusy[kind] = Math.max(this.mostBusy[kind], ++this.busy[kind]);
    try {
      return await work();
    } finally {
      this.busy[kind]--;
    }
  }
}

/** Others get their turn, several times, before a call has an effect. */
class SlowStore extends SpillStore {
  readonly #gauge: Gauge;

  constructor(gauge: Gauge) {
    super({ memoryBytes });
    this.#gauge = gauge;
  }

  override async put(name: string, bytes: Uint8Array): Promise<void> {
    const isChunk = name.startsWith("chunk/");
    if (isChunk) this.#gauge.add(bytes.length); // a map output's cells were counted when they came
    const { largest } = this.#gauge;
    const kind = isChunk ? "chunk" : "cell";
    largest[kind] = Math.max(largest[kind], bytes.length);
    await this.#gauge.during("put", async () => {
      await turns();
      if (!isChunk) await company(this.#gauge, "put");
      await super.put(name, bytes);
    });
    expect(this.heldBytes).to.be.at.most(memoryBytes);
    this.#gauge.add(-bytes.length);
  }

  override async get(name: string): Promise<Uint8Array> {
    const bytes = await super.get(name);
    this.#gauge.add(bytes.length);
    return bytes;
  }
}

/** Sandboxes that take their time with whatever brings records. */
function slowly(gauge: Gauge): NonNullable<Cheat["ask"]> {
  return async ({ kind, parts, forward }: Asked) => {
    if (kind !== "map" && kind !== "cell") return forward();
    const given = (kind === "map" ? parts.slice(1) : parts).reduce((sum, { length }) => sum + length, 0);
    try {
      const answer = await gauge.during(kind, async () => {
        await turns();
        await company(gauge, kind);
        return forward();
      });
      gauge.add(answer.parts.reduce((sum, { length }) => sum + length, 0));
      return answer;
    } finally {
      gauge.add(-given); // an attempt that was first ends its rival
    }
  };
}

/** Another one gets as far meanwhile, if there is one; until that has happened once, it is waited for in earnest. */
async function company({ busy, mostBusy }: Gauge, kind: keyof Gauge["busy"]): Promise<void> {
  const until = performance.now() + (mostBusy[kind] < mostOf[kind] ? 2000 : 5);
  while (busy[kind] < mostOf[kind] && performance.now() < until) await setImmediate();
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5_000; turn++) await setImmediate();
}

/** Files, pipes and sockets of this process, where the system shows them. */
function openHandles(): number {
  return process.platform === "win32" ? 0 : readdirSync("/dev/fd").length;
}

/** A job over so many chunks of each owner's, of one size. */
async function gauged(chunks: number): Promise<Gauge> {
  const gauge = new Gauge();
  const line = "apple pear plum fig date lime a"; // with its quotes and its end, a seventh of a chunk
  const lines = Array.from({ length: 7 * chunks }, () => line);
  await using store = new SlowStore(gauge);
  const options = {
    cheat: { ask: slowly(gauge) },
    fleet: (key: ConstructorParameters<typeof InProcessFleet>[0]) => new InProcessFleet(key),
    records: { alice: lines, bob: lines, chunkBytes },
    limits: { mappers, reducers },
    store,
  };
  await attempt(options, async (world) => world.run(await world.request(), partitions));
  return gauge;
}

describe("coordinator: what is under way", () => {
  let small: Gauge;
  let large: Gauge;

  before(async function () {
    this.timeout(300_000); // three whole jobs, of which one has a thousand chunks
    await gauged(2); // what is loaded once is loaded then
    small = await gauged(100);
    large = await gauged(1000);
  });

  it("is bounded by what sandboxes work on, and does not grow with the input", () => {
    expect(large.largest).to.deep.equal(small.largest);
    const { chunk, cell } = large.largest;
    const ofTask = (chunks: number): number => chunks * chunk + partitions * (cell + 48);
    const most = mappers * ofTask(chunksPerTask) + chunksPerTask * chunk; // one task is read ahead
    for (const { mostBytes, bytes } of [small, large]) {
      expect(mostBytes).to.be.within(ofTask(chunksPerSmallTask), most);
      expect(bytes).to.equal(0);
    }
  });

  it("waits for a slow reducer, a slow mapper and a slow store", () => {
    for (const { mostBusy } of [small, large]) {
      expect(mostBusy).to.deep.equal({ map: mappers, cell: reducers, put: mappers });
    }
  });

  it("takes one more open file, however much there is", () => {
    expect([small.handles, large.handles]).to.deep.equal(process.platform === "win32" ? [0, 0] : [1, 1]);
  });
});
