import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";

import { DiskStore } from "../../lib/coordinator/disk-store.ts";
import { JobProgress } from "../../lib/coordinator/job-progress.ts";
import { JobRecords } from "../../lib/coordinator/job-records.ts";
import type { KeptQuery } from "../../lib/coordinator/kept-proofs.ts";
import { MemoryStore } from "../../lib/coordinator/store.ts";
import { canonicalBytes, type Json } from "../../lib/data/canonical.ts";
import { wordCountFile } from "../../lib/demo/world.ts";
import type { SealfoldError } from "../../lib/errors.ts";
import { mapReduce } from "../../lib/map-reduce.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { codeOf } from "../sandbox/_code-of.ts";

const killed = new Error("killed");

describe("coordinator/job-records", () => {
  let folder: string;
  let policy: Policy;
  let query: KeptQuery;
  /** What lies there when all tasks and one partition of a job are committed. */
  const entries = new Map<string, Uint8Array>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sealfold-test-"));
    const work = mapReduce(
      wordCountFile,
      Array.from({ length: 30 }, (_, i) => `apple pear ${i}`),
      {
        stateDirectory: join(folder, "state"),
        mappers: 1,
        reducers: 2,
        chunkBytes: 128,
        onEvent: (event) => {
          if (event.kind === "commit" && event.role === "reducer") throw killed;
        },
      },
    );
    expect(await work.catch((error: unknown) => error)).to.equal(killed);
    await using store = await DiskStore.open(join(folder, "state", "coordinator"));
    for (const name of await store.list("")) entries.set(name, await store.get(name));
    policy = (await JobRecords.policyIn(store)) ?? expect.fail("there is no policy");
    query = JSON.parse(Buffer.from(entries.get("record/query") ?? []).toString()) as KeptQuery;
  });
  after(() => rm(folder, { recursive: true }));

  /** @returns what `change` leaves of the store, proven */
  async function progressOf(change: (store: MemoryStore) => Promise<void>): Promise<JobProgress> {
    const store = new MemoryStore();
    for (const [name, bytes] of entries) await store.put(name, bytes);
    await change(store);
    const records = new JobRecords(store, (await JobRecords.policyIn(store)) ?? policy);
    const deposits = await records.deposits();
    const plan = (await records.planOf(query.requests, deposits)) ?? expect.fail("there is no plan");
    return JobProgress.of(records, { requests: query.requests, plan, deposits });
  }

  const put =
    (name: string, bytes: Uint8Array) =>
    (store: MemoryStore): Promise<void> =>
      store.put(name, bytes);

  const contentOf = (name: string): Uint8Array => entries.get(name) ?? expect.fail(`there is no ${name}`);

  const shown = ({ maps, reduces }: JobProgress): unknown => ({
    maps: [...maps].map(([task, { manifest, evidence }]) => ({ task, manifest, evidence })),
    reduces: [...reduces].map(([partition, { manifest, evidence, outputs }]) => {
      return { partition, manifest, evidence, outputs: outputs.map((sealed) => Buffer.from(sealed).toString("hex")) };
    }),
  });

  it("gives back everything that was committed", async () => {
    const { maps, reduces, redone, reused } = await progressOf(() => Promise.resolve());
    expect([...maps.keys()]).to.deep.equal(query.plan.tasks.map((_, task) => task));
    expect(maps.size).to.be.greaterThan(1);
    expect(reduces.size).to.be.greaterThan(0);
    expect(redone).to.deep.equal([]);
    expect(reused).to.deep.equal({ tasks: maps.size, partitions: reduces.size });
  });

  it("has work redone or refuses, and takes nothing else for what was committed, whatever byte is another", async () => {
    const whole = shown(await progressOf(() => Promise.resolve())) as {
      readonly maps: readonly unknown[];
      readonly reduces: readonly unknown[];
    };
    const names = [...entries.keys()];
    let redone = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (name, place, flip) => {
          const bytes = Uint8Array.from(contentOf(name));
          const at = place % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ flip; // under a checksum that holds: a disk's damage is noticed before this
          try {
            const progress = await progressOf(put(name, bytes));
            const found = shown(progress) as typeof whole;
            for (const map of found.maps) expect(whole.maps).to.deep.include(map);
            for (const reduce of found.reduces) expect(whole.reduces).to.deep.include(reduce);
            redone += progress.redone.length;
          } catch (error) {
            expect((error as SealfoldError).code, String(error)).to.equal("STATE_DAMAGED");
            refused++;
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(redone).to.be.greaterThan(0);
    expect(refused).to.be.greaterThan(0);
  }).timeout(120_000);

  it("has a task mapped again whose output is missing, cut, another's or of another attempt", async () => {
    const cells = [...entries.keys()].filter((name) => /^cell\/[^/]+\/0\//.test(name));
    const [first = "", second = ""] = cells.filter((name) => !name.endsWith("handshake"));
    const changes: readonly ((store: MemoryStore) => Promise<void>)[] = [
      (store) => store.remove(first),
      put(first, contentOf(first).subarray(1)),
      put(first, contentOf(second)),
      put("record/map/0", contentOf("record/map/1")),
    ];
    for (const change of changes) {
      const { maps, reduces, redone } = await progressOf(change);
      expect(maps.has(0)).to.equal(false);
      expect(redone[0]?.what).to.equal("map output 0");
      expect(reduces.size, "a partition over another commit set").to.equal(0);
    }
  });

  it("has a partition reduced again whose result is not the one that was signed", async () => {
    const [name = ""] = [...entries.keys()].filter((entry) => entry.startsWith("output/"));
    const { maps, reduces, redone } = await progressOf(put(name, new Uint8Array(contentOf(name).length)));
    const before = (await progressOf(() => Promise.resolve())).reduces.size;
    expect(maps.size).to.equal(query.plan.tasks.length);
    expect(reduces.size).to.equal(before - 1);
    expect(redone.map(({ why }) => why)).to.deep.equal(["an output is not the one that was signed"]);
  });

  it("takes nothing of another query for its own", async () => {
    const store = new MemoryStore();
    for (const [name, bytes] of entries) await store.put(name, bytes);
    const records = new JobRecords(store, policy);
    const deposits = await records.deposits();
    const request = query.requests[0] ?? expect.fail("nobody asks");
    const other = [{ ...request, document: { ...request.document, nonce: "A".repeat(43) } }];
    expect(await records.planOf(other, deposits)).to.equal(undefined);
    const { maps, redone } = await JobProgress.of(records, { ...query, requests: other, deposits });
    expect(maps.size).to.equal(0);
    expect(redone.length).to.be.at.least(query.plan.tasks.length);
  });

  it("refuses a policy, a commitment or a request that is none: STATE_DAMAGED", async () => {
    for (const name of ["record/policy", "record/deposit/records", "record/query"]) {
      const text = Buffer.from(contentOf(name)).toString();
      for (const bytes of [
        text.slice(1),
        "",
        "null",
        "[]",
        "{}",
        text.replace(/[0-9]/, (digit) => `${9 - Number(digit)}`),
      ]) {
        expect(await codeOf(() => progressOf(put(name, Buffer.from(bytes)))), `${name}: ${bytes}`).to.equal(
          "STATE_DAMAGED",
        );
      }
    }
  });

  it("refuses a commitment whose leaves or sizes are none: STATE_DAMAGED", async () => {
    const name = "record/deposit/records";
    const whole = JSON.parse(Buffer.from(contentOf(name)).toString()) as { readonly [field: string]: Json };
    const leaves = Buffer.from(whole["leaves"] as string, "base64url");
    const sizes = whole["sizes"] as readonly number[];
    const wrong: readonly { readonly [field: string]: Json }[] = [
      { leaves: "!" },
      { leaves: 7 },
      { leaves: leaves.subarray(1).toString("base64url") },
      { leaves: leaves.subarray(32).toString("base64url") },
      { sizes: sizes.slice(1) },
      { sizes: sizes.map((size) => -size) },
      { sizes: "none" },
      { more: true },
    ];
    for (const fields of wrong) {
      const bytes = canonicalBytes({ ...whole, ...fields });
      expect(await codeOf(() => progressOf(put(name, bytes))), JSON.stringify(fields)).to.equal("STATE_DAMAGED");
    }
  });

  it("refuses a release that is none, or whose memory is none: STATE_DAMAGED", async () => {
    for (const kept of [
      null,
      [],
      "",
      {},
      { receipt: null },
      { receipt: null, memory: "!" },
      { receipt: {}, memory: 1 },
    ]) {
      const store = new MemoryStore();
      await store.put("record/release", canonicalBytes(kept));
      const records = new JobRecords(store, policy);
      expect(await codeOf(() => records.release()), JSON.stringify(kept)).to.equal("STATE_DAMAGED");
      expect(await codeOf(() => records.settle()), JSON.stringify(kept)).to.equal("STATE_DAMAGED");
    }
  });

  it("forgets the work and nothing else, listing once what is there", async () => {
    let lists = 0;
    class Listed extends MemoryStore {
      override list(prefix: string): Promise<readonly string[]> {
        lists++;
        return super.list(prefix);
      }
    }
    const store = new Listed();
    for (const [name, bytes] of entries) await store.put(name, bytes);
    await new JobRecords(store, policy).forgetWork();
    expect(lists).to.equal(1);
    const left = await store.list("");
    expect(left).to.include("record/policy").and.include("broker/state");
    expect(left.filter((name) => /^(cell|chunk|record.(deposit|query|map|reduce))/.test(name))).to.deep.equal([]);
  });
});
