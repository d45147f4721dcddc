import { expect } from "chai";

import { Coordinator } from "../../lib/coordinator/coordinator.ts";
import { brokerStateName, MemoryStore } from "../../lib/coordinator/store.ts";
import { toBase64url } from "../../lib/crypto/bytes.ts";
import { type Digest, sha256 } from "../../lib/crypto/hash.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { asInput } from "../../lib/data/input.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { PolicyDocument } from "../../lib/policy/policy.ts";
import { budgetHead } from "../../lib/proof/budget.ts";
import { showToken } from "../../lib/identity/shown-token.ts";
import type { Receipt } from "../../lib/proof/receipt.ts";
import { parseState, signStateHeader } from "../../lib/proof/state-header.ts";
import type { Transfer } from "../../lib/proof/transfer.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { attended, type AttendedWorld, BrokerKiller, type Name, names } from "./_attended.ts";
import { LooseBroker } from "./_brokers.ts";
import { InProcessFleet } from "./_in-process-fleet.ts";
import { type Asked, signaturesOf, type World } from "./_world.ts";

/** Another coordinator of the same host, whose broker begins with `state`, and with the same records of a later epoch. */
async function openAfter({ world, attendances }: AttendedWorld, state: Uint8Array): Promise<Coordinator> {
  const store = new MemoryStore();
  await store.put(brokerStateName, state);
  const { policy, program, fleet } = world;
  const second = await Coordinator.open({
    policy,
    signatures: signaturesOf(world),
    program: program.bytes,
    fleet,
    store,
  });
  for (const name of names) await second.attend(attendances[name]);
  await commitAgain(world, second);
  return second;
}

async function commitAgain({ parties }: World, coordinator: Coordinator): Promise<void> {
  const fruit = await parties.alice.seal("fruit", asInput(["apple"]), coordinator, { epoch: 3 });
  await parties.alice.provision(fruit, coordinator);
  const more = await parties.bob.seal("more", asInput(["lime"]), coordinator, { epoch: 3 });
  await parties.bob.provision(more, coordinator);
}

function shareOf({ attendances }: AttendedWorld, name: Name) {
  const { share } = attendances[name];
  if (share === undefined) throw new Error(`${name} has no share`);
  return share;
}

/** A world whose broker's states can be had. */
function kept<T>(work: (world: AttendedWorld, state: () => Promise<Uint8Array>) => Promise<T>, cheat = {}): Promise<T> {
  const store = new MemoryStore();
  const options = { store, cheat, limits: { releases: 5 } };
  return attended(options, (world) => work(world, () => store.get(brokerStateName)));
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
}

describe("claims: a successor goes on with its predecessor's newest memory, and with no other", () => {
  it("does not begin with a state that is older than what a party has seen, whenever that party tells it", () =>
    kept(async (attendedWorld, state) => {
      const { world } = attendedWorld;
      const older = await state();
      const { summary } = await attendedWorld.obtain();
      const { alice, bob, carol } = world.parties;
      const share = (name: Name) => shareOf(attendedWorld, name);
      const first = await LooseBroker.restored(world, older);
      await carol.recover(share("carol"), first, summary.budgetHead);
      expect(await codeOf(() => bob.recover(share("bob"), first))).to.equal("BUDGET_ROLLED_BACK");
      const second = await LooseBroker.restored(world, older);
      for (const party of [alice, bob]) await party.recover(share(party.name as Name), second);
      expect(await codeOf(() => carol.recover(share("carol"), second, summary.budgetHead))).to.equal(
        "BUDGET_ROLLED_BACK",
      );
      const third = await LooseBroker.restored(world, await state());
      for (const party of [carol, bob]) await party.recover(share(party.name as Name), third, summary.budgetHead);
      expect((await third.standing()).lineage).to.have.length(1);
    }));

  it("has connected parties stop where the host gave it an older state: they neither move a request nor begin anew", () => {
    const killer = new BrokerKiller("task");
    let older: Uint8Array | undefined;
    class Rewound extends MemoryStore {
      override get(name: string): Promise<Uint8Array> {
        return name === brokerStateName && older !== undefined ? Promise.resolve(older) : super.get(name);
      }
    }
    const store = new Rewound();
    let after = false;
    const ask = (asked: Asked): Promise<Message> => (after ? killer.ask(asked) : asked.forward());
    return attended({ store, cheat: { ask }, limits: { releases: 5 } }, async (attendedWorld) => {
      const { world, attendances } = attendedWorld;
      const before = await store.get(brokerStateName);
      const { summary } = await attendedWorld.obtain();
      attendances.carol.remember({ head: summary.budgetHead });
      const request = await attendances.carol.request(world.coordinator);
      after = true;
      older = before;
      expect(await codeOf(() => world.run(request))).to.equal("BUDGET_ROLLED_BACK");
      expect(killer.killed).to.equal(1);
      expect(request.transfer).to.equal(undefined);
    });
  });

  it("takes no state that was altered, cut, or sealed by somebody who is no attested broker", () =>
    kept(async (attendedWorld, state) => {
      const { world } = attendedWorld;
      const whole = await state();
      const { document, header, sealed } = parseState(world.policy, whole);
      const forged = signStateHeader({ ...document, version: 99 }, SigningKey.generate());
      const other = { ...document, policyHash: toBase64url(sha256(header)) };
      const hostile = [
        new Uint8Array(),
        header,
        whole.slice(0, 100),
        flipped(whole, 5),
        flipped(whole, header.length - 20),
        flipped(whole, whole.length - 1),
        whole.slice(0, -1),
        Buffer.concat([forged, sealed]),
        Buffer.concat([signStateHeader(other, SigningKey.generate()), sealed]),
      ];
      for (const [i, wrong] of hostile.entries()) {
        const code = await codeOf(async () => {
          const post = await LooseBroker.restored(world, wrong);
          for (const name of ["alice", "bob"] as const)
            await world.parties[name].recover(shareOf(attendedWorld, name), post);
        });
        expect(code, `state ${i}`).to.equal("BROKER_STATE");
      }
    }));

  it("takes no state of another policy", () =>
    kept(async (_, foreign) => {
      const change = (document: PolicyDocument): PolicyDocument => ({ ...document, purpose: "Something else" });
      return attended({ change }, async ({ world }) => {
        expect(await codeOf(async () => LooseBroker.restored(world, await foreign()))).to.equal("BROKER_STATE");
      });
    }));

  it("takes no share but the party's own, of this very memory", () =>
    kept(async (attendedWorld, state) => {
      const { world, attendances } = attendedWorld;
      const { alice, host } = world.parties;
      const own = shareOf(attendedWorld, "alice");
      const post = await LooseBroker.restored(world, await state());
      const ofAnother = await alice.keepShare(await LooseBroker.start(world));
      const wrong = [
        { ...own, share: shareOf(attendedWorld, "bob").share },
        { ...own, share: toBase64url(new Uint8Array(32).fill(1)) },
        { ...own, policyHash: toBase64url(sha256(new Uint8Array())) },
        { ...own, party: "bob" },
        ofAnother,
      ];
      for (const share of wrong) {
        expect(await codeOf(() => alice.recover(share, post))).to.equal("RECOVERY_SHARE");
      }
      expect(await codeOf(() => host.recover({ ...own, party: "host" }, post))).to.equal("DENIED_PARTY");
      expect((await post.standing()).given).to.deep.equal([]);
      await attendances.alice.recover(post);
      expect((await post.standing()).given).to.deep.equal(["alice"]);
    }));

  it("does not go on with too few shares: one party as often as it likes is one", () =>
    kept(async (attendedWorld, state) => {
      const { world, attendances } = attendedWorld;
      const post = await LooseBroker.restored(world, await state());
      for (let i = 0; i < 3; i++) await attendances.alice.recover(post);
      const { lineage, given } = await post.standing();
      expect({ lineage, given }).to.deep.equal({ lineage: [], given: ["alice"] });
      expect(await codeOf(() => world.parties.bob.keepShare(post))).to.equal("NOT_READY");
    }));

  it("gets nothing where it runs other code: no share, no key, no request", () =>
    kept(async (attendedWorld, state) => {
      const { world, attendances, request } = attendedWorld;
      class OtherCode extends InProcessFleet {
        override readonly measurement: Digest = sha256(Uint8Array.of(2));
      }
      const post = await LooseBroker.restored(world, await state(), new OtherCode(world.keys.host));
      const moved = request.transfer;
      for (const work of [
        () => attendances.alice.recover(post),
        () => attendances.alice.beginAnew(post),
        () => attendances.carol.move(request.signed, post),
        () => attendances.carol.askAgain(request.signed, post),
      ]) {
        expect(await codeOf(work)).to.equal("EVIDENCE_MEASUREMENT");
      }
      expect((await post.standing()).given).to.deep.equal([]);
      expect(request.transfer).to.equal(moved);
    }));
});

describe("claims: a request is answered once, by a broker that remembers what its predecessors answered", () => {
  it("is not answered by a broker that has not its predecessor's memory, though its receiver moved it", () => {
    let transfer: Transfer | undefined;
    const ask = ({ kind, body, forward }: Asked): Promise<Message> =>
      kind === "job" && transfer !== undefined ? forward({ ...body, transfers: [transfer] }) : forward();
    return kept(
      async ({ world, request }) => {
        const second = await world.openSecond();
        await world.handIn(second);
        transfer = await world.parties.carol.transfer(request, second);
        const run = () => second.run({ requests: [request.signed], mappers: 1, partitions: 1 });
        expect(await codeOf(run)).to.equal("REQUEST");
      },
      { ask },
    );
  });

  it("is not answered twice, in two queries or at a broker and its successor", () =>
    kept(async (attendedWorld, state) => {
      const { world, request } = attendedWorld;
      await world.run(request); // and the host shows it to nobody
      await commitAgain(world, world.coordinator);
      expect(await codeOf(() => world.run(request)), "another query").to.equal("DENIED_RELEASE");
      const second = await openAfter(attendedWorld, await state());
      const again = (): Promise<unknown> => second.run({ requests: [request.signed], mappers: 1, partitions: 1 });
      expect(await codeOf(again), "a successor").to.equal("DENIED_RELEASE");
      const fresh = await attendedWorld.attendances.carol.request(second);
      const sealed = await second.run({ requests: [fresh.signed], mappers: 1, partitions: 1 });
      expect(openResult(fresh, sealed).summary).to.deep.include({ brokers: 2, releases: 2 });
    }));

  it("opens for nobody what a broker releases that lives on after its death was feigned", () => {
    let released: Message | undefined;
    const ask = async ({ kind, forward }: Asked): Promise<Message> => {
      const answer = await forward();
      if (kind !== "release" || released !== undefined) return answer;
      released = answer; // the host keeps it, and says that the broker died
      throw new SealfoldError("SANDBOX_DIED");
    };
    return kept(
      async ({ world, request }) => {
        const sealed = await world.run(request);
        const first = released?.body;
        if (first === undefined) throw new Error("nothing was released");
        const receipt = {
          ...sealed.receipt,
          transfers: [],
          final: first.document("final"),
          evidence: { ...sealed.receipt.evidence, broker: showToken(first.text("evidence")) },
        } as unknown as Receipt;
        expect(await codeOf(() => openResult(request, { ...sealed, receipt }))).to.equal("OUTPUT_ALTERED");
        const { summary } = openResult(request, sealed);
        expect(summary).to.deep.include({ brokers: 2, releases: 1 });
        expect(summary.budgetHead).to.deep.equal(
          budgetHead([Buffer.from(sealed.receipt.final.document.queryId, "base64url")]),
        );
      },
      { ask },
    );
  });
});
