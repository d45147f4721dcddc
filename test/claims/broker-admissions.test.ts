import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import type { PolicyDocument } from "../../lib/policy/policy.ts";
import { systemSeconds } from "../../lib/sandbox/clock.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { attended, BrokerKiller } from "./_attended.ts";
import { InProcessFleet } from "./_in-process-fleet.ts";
import type { Asked } from "./_world.ts";

describe("claims: a successor takes the work of those sandboxes alone that its predecessors let in", () => {
  const admissions: Readonly<Record<string, (document: Record<string, unknown>) => Record<string, unknown>>> = {
    "forged: of another sandbox": (document) => ({ ...document, certId: document["jobId"] }),
    "forged: with another key": (document) => ({ ...document, key: toBase64url(SigningKey.generate().publicKey) }),
    "of another job": (document) => ({ ...document, jobId: document["policyHash"] }),
    "forged: under another clock": (document) => ({ ...document, minute: 60 }),
  };
  for (const [what, change] of Object.entries(admissions)) {
    it(`takes no admission that is ${what}`, () => {
      const killer = new BrokerKiller("members");
      const ask = (asked: Asked): Promise<Message> => {
        const given = asked.body["admissions"] as { document: Record<string, unknown> }[] | undefined;
        if (given === undefined || given.length === 0) return killer.ask(asked);
        const changed = given.map((admission, i) =>
          i === 0 ? { ...admission, document: change(admission.document) } : admission,
        );
        return asked.forward({ ...asked.body, admissions: changed });
      };
      return attended({ cheat: { ask } }, async (world) => {
        expect(await codeOf(() => world.obtain())).to.equal("BROKER_STATE");
        expect(killer.killed).to.equal(1);
      });
    });
  }
});

describe("claims: what programs are given stays the same when the broker dies in the middle of a job", () => {
  it("is the minute of the job's first opening, so that nothing has to be done again", () => {
    let offset = 0;
    const clock = (): number => systemSeconds() + offset;
    const killer = new BrokerKiller("members");
    const ask = (asked: Asked): Promise<Message> => {
      if (asked.kind === "members") offset = 60 - (systemSeconds() % 60); // another minute for the successor
      return killer.ask(asked);
    };
    const fleet = (key: SigningKey) => new InProcessFleet(key, clock);
    const change = (document: PolicyDocument): PolicyDocument => ({ ...document, capabilities: ["clock"] });
    return attended({ cheat: { ask }, fleet, change }, async (world) => {
      const { summary } = await world.obtain();
      expect(summary.brokers).to.equal(2);
      expect(killer.asked.get("map")).to.equal(summary.tasks);
    });
  });

  it("is one key: what was done with another is not mixed in, and the job ends", () => {
    let replaceKey = (): Promise<void> => Promise.resolve();
    const killer = new BrokerKiller("members");
    const ask = async (asked: Asked): Promise<Message> => {
      if (asked.kind === "members" && killer.killed === 0) await replaceKey();
      return killer.ask(asked);
    };
    const change = (document: PolicyDocument): PolicyDocument => ({
      ...document,
      capabilities: ["crypto"],
      keys: [{ name: "pseudonyms", type: "hmac-sha256", source: { kind: "party", party: "alice" } }],
    });
    return attended({ cheat: { ask }, change }, async (attendedWorld) => {
      const { world, attendances } = attendedWorld;
      const provide = (fill: number): Promise<void> =>
        attendances.alice.provisionKey("pseudonyms", new Uint8Array(32).fill(fill), world.coordinator);
      await provide(1);
      replaceKey = () => provide(2);
      expect(await codeOf(() => attendedWorld.obtain())).to.equal("BROKER_STATE");
      expect(killer.killed).to.equal(1);
    });
  });
});
