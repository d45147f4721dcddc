import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import type { JobEvent } from "../../lib/coordinator/events.ts";
import type { PublishedEvent } from "../../lib/coordinator/job-channel.ts";
import type { RunningJob } from "../../lib/coordinator/running-job.ts";
import { asInput } from "../../lib/data/input.ts";
import { Tap } from "../claims/_tap.ts";
import { aliceRecords, attempt, type World } from "../claims/_world.ts";
import { codeOf } from "../sandbox/_code-of.ts";

/** Everything that is published while this is there. */
class Subscriber implements Disposable {
  readonly messages: PublishedEvent[] = [];
  readonly #note = (message: unknown): void => void this.messages.push(message as PublishedEvent);

  constructor() {
    subscribe("sealfold:job", this.#note);
  }

  [Symbol.dispose](): void {
    unsubscribe("sealfold:job", this.#note);
  }
}

async function start(world: World): Promise<RunningJob> {
  const request = await world.request();
  return world.coordinator.start({ requests: [request.signed], mappers: 2, partitions: 2 });
}

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const event of events) read.push(event);
  return read;
}

describe("coordinator: events", () => {
  it("are told to the listener, published, and read from the job: the same, in the same order, to the end", () => {
    const heard: JobEvent[] = [];
    return attempt({ listener: (event) => void heard.push(event) }, async (world) => {
      using subscriber = new Subscriber();
      heard.length = 0;
      const job = await start(world);
      const read = await all(job);
      const { receipt } = await job.result;
      expect(read.length).to.be.above(10);
      expect(read).to.deep.equal(heard);
      expect(subscriber.messages.map(({ event }) => event)).to.deep.equal(heard);
      const ids = subscriber.messages.map(({ jobId }) => jobId);
      const planned = ids.findIndex((id) => id !== undefined);
      expect(subscriber.messages[planned]?.event).to.have.property("jobId", receipt.final.document.jobId);
      expect(new Set(ids.slice(planned))).to.deep.equal(new Set([receipt.final.document.jobId]));
    });
  });

  it("are published while the coordinator waits: whoever ends the process there ends it at that point", () => {
    const order: string[] = [];
    const note = (message: unknown): void => void order.push((message as PublishedEvent).event.kind);
    const ask = ({ kind, forward }: { kind: string; forward: () => never }): never => {
      if (kind === "release") order.push("the broker is asked to release");
      return forward();
    };
    return attempt({ cheat: { ask: ask as never } }, async (world) => {
      subscribe("sealfold:job", note);
      try {
        await (
          await start(world)
        ).result;
      } finally {
        unsubscribe("sealfold:job", note);
      }
      const asked = order.indexOf("the broker is asked to release");
      expect(order.slice(asked + 1)).to.deep.equal(["release"]);
    });
  });

  it("end when the job does, also where it fails: its result says why, and nobody has to read it", () =>
    attempt({ cheat: { get: (name, store) => store.get(name.replace("/1/1", "/1/0")) } }, async (world) => {
      const job = await start(world);
      const read = await all(job);
      expect(read.length).to.be.above(0);
      expect(await codeOf(() => job.result)).to.equal("CHUNK_ALTERED");
    }));

  it("are of each job its own, where several run at once", () =>
    attempt({ limits: { releases: 2 } }, async (world) => {
      const jobs = [await start(world), await start(world)];
      const ids = await Promise.all(
        jobs.map(async (job) => {
          const named = (await all(job)).flatMap((event) => ("jobId" in event ? [event.jobId] : []));
          return { named: new Set(named), own: (await job.result).receipt.final.document.jobId };
        }),
      );
      for (const { named, own } of ids) expect(named).to.deep.equal(new Set([own]));
    }));

  it("have no record, key, result or path in them, in whatever spelling", async () => {
    const markers = ["zebraquartzmarker", "narwhalonyxmarker"] as const;
    const program = fileURLToPath(new URL("../claims/_backwards.ts", import.meta.url));
    const records = { alice: aliceRecords.map(() => markers.join(" ")), bob: [markers.join(" ")] };
    const events: unknown[] = [];
    const keys: Uint8Array[] = [];
    await attempt({ program, records, listener: (event) => void events.push(event) }, async (world) => {
      using subscriber = new Subscriber();
      const { alice } = world.parties;
      const dataset = await alice.seal("fruit", asInput(records.alice), world.coordinator, { epoch: 2 });
      await alice.provision(dataset, world.coordinator);
      keys.push(dataset.key);
      const job = await start(world);
      events.push(...(await all(job)), ...subscriber.messages);
      const { receipt } = await job.result;
      using tap = new Tap();
      tap.keep(events);
      expect(tap.holds(receipt.final.document.jobId)).to.equal(true); // it would notice
      const secret = [
        ...markers,
        [...markers[1]].reverse().join(""),
        ...keys,
        fileURLToPath(new URL(".", import.meta.url)),
      ];
      for (const marker of [...secret, program, "_backwards"])
        expect(tap.holds(marker), String(marker)).to.equal(false);
    });
  });
});
