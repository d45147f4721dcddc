import { expect } from "chai";

import { plainCounts } from "../../lib/demo/answer.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { attended, BrokerKiller, type Name, names } from "./_attended.ts";
import { aliceRecords, bobRecords } from "./_world.ts";

const counts = plainCounts(aliceRecords, bobRecords);
const kinds = ["job", "challenge", "admit", "handshake", "task", "members", "release"] as const;

describe("claims: a broker that dies has a successor, and nothing is lost", () => {
  for (const kind of kinds) {
    for (const nth of [1, 2]) {
      if (nth === 2 && (kind === "job" || kind === "release")) continue; // there is one of each
      it(`goes on when the broker dies on "${kind}" ${nth}, with the same output and a receipt that verifies`, () => {
        const killer = new BrokerKiller(kind, nth);
        return attended({ cheat: killer }, async (world) => {
          const opened = await world.obtain();
          expect(opened.counts).to.deep.equal(counts);
          expect(opened.summary.brokers).to.equal(2);
          expect(killer.killed).to.equal(1);
        });
      });
    }
  }

  it("does not redo what was committed: no task is mapped again when the broker dies after the map stage", () => {
    const killer = new BrokerKiller("members");
    return attended({ cheat: killer }, async (world) => {
      const { summary, counts: found } = await world.obtain();
      expect(found).to.deep.equal(counts);
      expect(killer.asked.get("map")).to.equal(summary.tasks);
      expect(summary.brokers).to.equal(2);
    });
  });

  it("goes on after one broker after the other, while something comes of each", () => {
    const killer = new BrokerKiller("task", 2, 3);
    return attended({ cheat: killer }, async (world) => {
      const opened = await world.obtain();
      expect(opened.counts).to.deep.equal(counts);
      expect(opened.summary.brokers).to.equal(4);
    });
  });

  it("gives up on brokers that die again and again, and nothing comes of them", () => {
    const killer = new BrokerKiller("admit", 1, 100);
    return attended({ cheat: killer }, async (world) => {
      expect(await codeOf(() => world.obtain())).to.equal("SANDBOX_DIED");
      expect(killer.killed).to.equal(4);
    });
  });

  it("goes on with as many shares as the policy wants, whoever else is gone", () =>
    attended({ cheat: new BrokerKiller("task"), connected: ["bob", "carol"] }, async (world) => {
      expect((await world.obtain()).counts).to.deep.equal(counts);
    }));

  const apart: readonly (readonly [what: string, connected: readonly Name[], says: RegExp])[] = [
    ["too few shares and no owners", ["carol"], /alice|bob/],
    ["nobody at all", [], /carol has to ask its successor again.*or 2 of alice, bob, carol have to hand over/],
    ["enough shares and no receiver", ["alice", "bob"], /carol has to move the request to its successor/],
  ];
  for (const [what, connected, says] of apart) {
    it(`says who has to do what when there are ${what}`, () =>
      attended({ cheat: new BrokerKiller("task"), connected }, async (world) => {
        const error = (await world.obtain().catch((reason: unknown) => reason)) as { code?: string; message: string };
        expect(error.code).to.equal("BROKER_LOST");
        expect(error.message).to.match(says);
      }));
  }
});

describe("claims: a broker that dies where the policy has no recovery", () => {
  for (const kind of kinds) {
    it(`is followed by one that begins anew when it dies on "${kind}", if everybody is still connected`, () => {
      const killer = new BrokerKiller(kind);
      return attended({ cheat: killer, recovery: { kind: "none" } }, async (world) => {
        const nonce = world.request.nonce;
        const opened = await world.obtain();
        expect(opened.counts).to.deep.equal(counts);
        expect(opened.summary.brokers, "it has nobody's memory").to.equal(1);
        expect(world.request.nonce, "what is asked is another query").not.to.deep.equal(nonce);
      });
    });
  }

  for (const gone of names) {
    it(`stops the job when ${gone} is gone, and says what ${gone} has to do`, () => {
      const connected = names.filter((name) => name !== gone);
      const options = { cheat: new BrokerKiller("task"), recovery: { kind: "none" } as const, connected };
      return attended(options, async (world) => {
        const error = (await world.obtain().catch((reason: unknown) => reason)) as { code?: string; message: string };
        expect(error.code).to.equal("BROKER_LOST");
        expect(error.message).to.match(/^the broker died: \w+ has to /);
      });
    });
  }
});
