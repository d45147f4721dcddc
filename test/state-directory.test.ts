import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { DiskStore } from "../lib/coordinator/disk-store.ts";
import { entryFileName } from "../lib/coordinator/entry-file.ts";
import type { JobEvent } from "../lib/coordinator/events.ts";
import { lines } from "../lib/data/read-lines.ts";
import { wordCountFile } from "../lib/demo/world.ts";
import { mapReduce, type MapReduceOptions, type MapReduceResult } from "../lib/map-reduce.ts";
import { StateDirectory } from "../lib/state-directory.ts";
import { codeOf } from "./sandbox/_code-of.ts";

const killed = new Error("killed");

describe("state-directory", () => {
  let folder: string;
  let text: string;
  let state: string;
  let count = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sealfold-test-"));
    text = join(folder, "text.txt");
    await writeFile(text, Array.from({ length: 40 }, (_, i) => `apple pear ${i % 7}\n`).join(""));
  });
  beforeEach(() => (state = join(folder, `state-${count++}`)));
  after(() => rm(folder, { recursive: true }));

  const events: JobEvent[] = [];

  /** Runs the job in the folder; `stop` says at which event it ends as if its process had. */
  async function run(
    stop: (event: JobEvent) => boolean = () => false,
    options: MapReduceOptions = {},
  ): Promise<MapReduceResult<number>> {
    events.splice(0);
    return mapReduce<string, number>(wordCountFile, lines(text), {
      stateDirectory: state,
      mappers: 1,
      reducers: 2,
      chunkBytes: 128,
      ...options,
      onEvent: (event) => {
        events.push(event);
        if (stop(event)) throw killed;
      },
    });
  }

  const assigned = (): readonly string[] =>
    events.flatMap((event) => (event.kind === "assign" ? [`${event.role} ${event.item}`] : []));
  const stopped = async (stop: (event: JobEvent) => boolean): Promise<void> => {
    expect(await run(stop).catch((error: unknown) => error)).to.equal(killed);
  };

  it("lets a job go on, with what was committed, and has its result again when it had ended", async () => {
    const expected = [...(await run(undefined, { stateDirectory: undefined })).output];
    await stopped((event) => event.kind === "commit" && event.done === 2);
    const { output } = await run();
    expect([...output]).to.deep.equal(expected);
    expect(assigned()).to.include("mapper 2").and.not.to.include("mapper 0").and.not.to.include("mapper 1");
    const again = await run();
    expect([...again.output]).to.deep.equal(expected);
    expect(events).to.deep.equal([{ kind: "resume", reused: { results: 1 }, redone: [] }]);
    expect(again.summary.brokers).to.equal(2);
  });

  it("goes on again and again: what the second process did is kept for the third", async () => {
    await stopped((event) => event.kind === "commit" && event.done === 1);
    await stopped((event) => event.kind === "commit" && !event.reused && event.done === 2);
    const { summary } = await run();
    expect(assigned()).not.to.include("mapper 0").and.not.to.include("mapper 1");
    expect(summary.brokers).to.equal(3);
  });

  it("makes a damaged map output again, and says so", async () => {
    await stopped((event) => event.kind === "commit" && event.done === 2);
    await flip("coordinator", "record/map/0");
    await run();
    expect(assigned()).to.include("mapper 0").and.not.to.include("mapper 1");
    const resumed = events.flatMap((event) => (event.kind === "resume" ? event.redone : []));
    expect(resumed.map(({ what }) => what)).to.deep.equal(["map output 0"]);
  });

  it("refuses what cannot be made again: STATE_DAMAGED", async () => {
    await stopped((event) => event.kind === "plan");
    for (const [part, name] of [
      ["coordinator", "record/policy"],
      ["coordinator", "record/deposit/records"],
      ["coordinator", "record/query"],
      ["coordinator", "chunk/records/1/0"],
      ["party", "key"],
      ["party", "request"],
    ] as const) {
      await flip(part, name);
      expect(await codeOf(() => run()), name).to.equal("STATE_DAMAGED");
      await flip(part, name);
    }
    await run();
    await flip("coordinator", "output/0/0");
    expect(await codeOf(() => run())).to.equal("STATE_DAMAGED");
  });

  it("refuses a person's piece that is whole and is none: STATE_DAMAGED", async () => {
    await stopped((event) => event.kind === "plan");
    const key = Buffer.alloc(32).toString("base64url");
    const dataset = { input: "records", epoch: 1, key, records: 0 };
    const share = { policyHash: key, party: "you", share: key };
    for (const [name, wrong] of [
      ["key", [7, "!", key.slice(2), {}]],
      ["dataset", [null, {}, { ...dataset, key: "!" }, { ...dataset, key: key.slice(2) }, { ...dataset, epoch: -1 }]],
      ["share", [null, {}, { ...share, share: "!" }, { ...share, share: key.slice(2) }, { ...share, party: 1 }]],
      ["request", [null, {}, { signed: null, transfer: null, key }]],
    ] as const) {
      const right = await replace(name);
      for (const value of wrong) {
        await replace(name, Buffer.from(JSON.stringify(value)));
        expect(await codeOf(() => run()), `${name}: ${JSON.stringify(value)}`).to.equal("STATE_DAMAGED");
      }
      await replace(name, right);
    }
    await run();
  });

  it("refuses another job: STATE_FORMAT, for other options, other files, or a folder of somebody's", async () => {
    await stopped((event) => event.kind === "plan");
    expect(await codeOf(() => run(undefined, { reducers: 1 }))).to.equal("STATE_FORMAT");
    await utimes(text, new Date(), new Date(0));
    expect(await codeOf(() => run())).to.equal("STATE_FORMAT");
    await writeFile(join(state, "thesis.txt"), "years of work");
    expect(await codeOf(() => run())).to.equal("STATE_FORMAT");
  });

  it("is one process's at a time: STATE_IN_USE", async () => {
    await using _ = await StateDirectory.open(state);
    expect(await codeOf(() => run())).to.equal("STATE_IN_USE");
  });

  it("keeps the person's keys from the coordinator's part", async () => {
    await stopped((event) => event.kind === "plan");
    await using own = await StateDirectory.open(state);
    const seed = Buffer.from((await own.key()).exportSeed());
    const key = Buffer.from((await own.dataset())?.key ?? expect.fail("there is no data key"));
    const share = (await own.share())?.share ?? expect.fail("there is no share");
    const coordinator = join(state, "coordinator");
    for (const name of await readdir(coordinator)) {
      const bytes = await readFile(join(coordinator, name));
      for (const secret of [seed, key, seed.toString("base64url"), key.toString("base64url"), share]) {
        expect(bytes.includes(secret), name).to.equal(false);
      }
    }
  });

  /** @returns what was there of the person's */
  async function replace(name: string, bytes?: Uint8Array): Promise<Uint8Array> {
    await using store = await DiskStore.open(join(state, "party"));
    const before = await store.get(name);
    if (bytes !== undefined) await store.put(name, bytes);
    return before;
  }

  async function flip(part: string, name: string): Promise<void> {
    await (await DiskStore.open(join(state, part))).close(); // nobody has it
    const file = join(state, part, entryFileName(name));
    const bytes = await readFile(file);
    bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
    await writeFile(file, bytes);
  }
});
