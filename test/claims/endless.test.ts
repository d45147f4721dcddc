import { expect } from "chai";

import { initiate } from "../../lib/channel/handshake.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import { toBase64url } from "../../lib/crypto/bytes.ts";
import { partyPrologue } from "../../lib/identity/channel-binding.ts";
import { Output } from "../../lib/output.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { PlanDocument, PlanTask } from "../../lib/proof/plan.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { heldBytes } from "./_held-bytes.ts";
import { InProcessFleet } from "./_in-process-fleet.ts";
import { aliceRecords, type Asked, attempt, bobRecords, type Cheat, type World } from "./_world.ts";

const MiB = 1024 * 1024;

/** How often `flood` is called, with its number, before memory is looked at first, and in all. */
const warmUp = 2000;
const floods = 10_000;
/** Milliseconds; thousands of handshakes take their time on a slow machine. */
const longTimeout = 300_000;

/** @returns bytes by which what is held grew in the second part of a flood */
async function growth(flood: (n: number) => Promise<unknown>, most = floods, first = warmUp): Promise<number> {
  for (let n = 0; n < first; n++) await flood(n);
  const before = await heldBytes();
  for (let n = first; n < most; n++) await flood(n);
  return (await heldBytes()) - before;
}

async function expectHonestJob(world: World): Promise<void> {
  const request = await world.request();
  const { outputs } = openResult(request, await world.run(request));
  const words = [...aliceRecords, ...bobRecords].flatMap((line) => line.split(" "));
  const counts = Output.fromPartitions<number>(outputs.get("counts") ?? []).toMap();
  expect(counts.size).to.equal(new Set(words).size);
  for (const [word, count] of counts) expect(count).to.equal(words.filter((other) => other === word).length);
}

/** A world without threads whose broker is asked by others too. */
function besieged<T>(work: (world: World, broker: Asked["link"]) => Promise<T>, cheat: Cheat = {}): Promise<T> {
  let broker: Asked["link"] | undefined;
  const ask: Cheat["ask"] = (asked) => {
    if (asked.link.role === "broker") broker = asked.link;
    return cheat.ask?.(asked) ?? asked.forward();
  };
  const records = { alice: aliceRecords, bob: bobRecords, chunkBytes: 32 };
  return attempt({ cheat: { ask }, fleet: (key) => new InProcessFleet(key), records }, (world) =>
    work(world, broker as Asked["link"]),
  );
}

function firstMessage(world: Pick<World, "policy">): Uint8Array {
  const staticKey = ExchangeKey.generate();
  return initiate({ pattern: "XX", prologue: partyPrologue(world.policy.hash), staticKey }).writeMessage();
}

/** @returns the `n`-th way to cut the tasks of a plan in two or not, in so many partitions */
function otherPlan({ tasks, padding }: PlanDocument, n: number): PlanDocument {
  let way = n >> 3;
  const cut = tasks.flatMap((task): PlanTask[] => {
    const isCut = task.count > 1 && (way & 1) === 1;
    if (task.count > 1) way >>= 1;
    const half = task.count >> 1;
    return isCut
      ? [
          { ...task, count: half },
          { ...task, first: task.first + half, count: task.count - half },
        ]
      : [task];
  });
  return { partitions: 1 + (n & 7), tasks: cut, padding };
}

describe("claims: without end", () => {
  it("handshakes that nobody ends take a bounded part of the broker's memory, and an honest job runs", () =>
    besieged(async (world, broker) => {
      const message = firstMessage(world);
      expect(await growth(() => broker.ask("open", {}, [message]))).to.be.below(MiB);
      await world.handIn(world.coordinator);
      await expectHonestJob(world);
    })).timeout(longTimeout);

  it("a party whose handshake was pushed out begins again, and says CHANNEL_CLOSED when that never ends", () => {
    let pushes = 0;
    let message: Uint8Array | undefined;
    const ask: Cheat["ask"] = async ({ kind, link, forward }) => {
      const opened = await forward();
      if (kind !== "open" || message === undefined || pushes === 0) return opened;
      pushes--;
      for (let i = 0; i < 256; i++) await link.ask("open", {}, [message]);
      return opened;
    };
    return besieged(
      async (world) => {
        message = firstMessage(world);
        pushes = 2;
        await world.handIn(world.coordinator);
        expect(pushes).to.equal(0);
        await expectHonestJob(world);
        pushes = Infinity;
        expect(await codeOf(() => world.handIn(world.coordinator))).to.equal("CHANNEL_CLOSED");
      },
      { ask },
    );
  });

  it("channels of one party do not push out another's", () => {
    let says = Infinity;
    let opens = 0;
    let meanwhile: (() => Promise<void>) | undefined;
    const ask: Cheat["ask"] = async ({ kind, forward }) => {
      if (kind === "open") opens++;
      if (kind === "say" && ++says === 2) await meanwhile?.(); // the channel is open, and nothing was said on it
      return forward();
    };
    const work = async ({ parties, coordinator }: World): Promise<void> => {
      const key = new Uint8Array(32);
      meanwhile = async () => {
        for (let i = 0; i < 20; i++) {
          await parties.alice.provision({ input: "fruit", epoch: 9, key, records: 0 }, coordinator);
        }
      };
      says = opens = 0;
      await parties.bob.provision({ input: "more", epoch: 9, key, records: 0 }, coordinator);
      expect(opens).to.equal(21);
    };
    return besieged(work, { ask });
  });

  it("jobs that nobody runs take a bounded part of the broker's memory, and do not push out one at work", () => {
    let isFlooded = false;
    const jobs = new Set<string>();
    let job: Asked | undefined;
    const flood = async (n: number): Promise<void> => {
      const { link, body, parts } = job as Asked;
      const plan = otherPlan(body["plan"] as PlanDocument, 999 - n); // the longest first
      const opened = await link.ask("job", { ...body, plan, admissions: [] }, parts);
      jobs.add(opened.body.text("jobId"));
    };
    const ask: Cheat["ask"] = async (asked) => {
      if (asked.kind === "job") job = asked;
      if (asked.kind === "map" && !isFlooded) {
        isFlooded = true;
        expect(await growth(flood, 1000, 200)).to.be.below(MiB); // each takes a dozen signatures to open
        expect(jobs.size).to.equal(1000);
      }
      return asked.forward();
    };
    return besieged(expectHonestJob, { ask });
  }).timeout(longTimeout);

  it("challenges and admissions take a bounded part of the broker's memory, and an honest job goes on", () => {
    let isFlooded = false;
    let jobId: unknown;
    let broker: Asked["link"] | undefined;
    const flood = async (): Promise<void> => {
      const job = { jobId: jobId as string };
      const { body } = await (broker as Asked["link"]).ask("challenge", job);
      const challenge = body.text("nonce");
      await (broker as Asked["link"]).ask("challenge", job); // nobody answers
      const admit = { ...job, challenge, role: "mapper", evidence: "e", nonce: toBase64url(new Uint8Array(32)) };
      expect(await codeOf(() => (broker as Asked["link"]).ask("admit", admit))).to.equal("EVIDENCE_FORMAT");
    };
    const ask: Cheat["ask"] = async (asked) => {
      if (asked.kind === "challenge")
        ({
          link: broker,
          body: { jobId },
        } = asked);
      if (asked.kind === "map" && !isFlooded) {
        isFlooded = true;
        expect(await growth(flood)).to.be.below(MiB);
      }
      return asked.forward();
    };
    return besieged(expectHonestJob, { ask });
  });
});
