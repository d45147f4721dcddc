/** A host that calls brokers dead, starts successors as it likes, and has friends among the parties. */

import { expect } from "chai";

import { aesGcm } from "../../lib/crypto/aead.ts";
import { fromBase64url, fromUtf8, toBase64url, utf8 } from "../../lib/crypto/bytes.ts";
import { context } from "../../lib/crypto/context.ts";
import { hkdf } from "../../lib/crypto/hash.ts";
import { combineShares } from "../../lib/crypto/shares.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { openResult } from "../../lib/party/open-result.ts";
import { signAdmission } from "../../lib/proof/admission.ts";
import { budgetHead } from "../../lib/proof/budget.ts";
import { parseState } from "../../lib/proof/state-header.ts";
import { letIn, type Line, LooseBroker, succeed, withLine } from "./_brokers.ts";
import { InProcessFleet } from "./_in-process-fleet.ts";
import { attempt } from "./_world.ts";

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** What parties who collude can do with a state whose key they know: read it, and write another behind its header. */
async function rewritten(
  { world, shares }: Line,
  state: Uint8Array,
  change: (memory: Record<string, unknown>) => unknown,
): Promise<Uint8Array> {
  const { header, sealed, document, broker } = parseState(world.policy, state);
  const given = new Map([shares.alice, shares.bob].map(({ share }, holder) => [holder, fromBase64url(share, 32)]));
  const secret = await combineShares(given, { threshold: 2, holders: 3 });
  const key = hkdf(secret, context("broker state", world.policy.hash, broker.signingKey));
  const nonce = new Uint8Array(12);
  nonce[11] = document.version;
  const plain = aesGcm.open(key, nonce, header, sealed) ?? new Uint8Array();
  const memory = JSON.parse(fromUtf8(plain)) as Record<string, unknown>;
  return Buffer.concat([header, aesGcm.seal(key, nonce, header, utf8(JSON.stringify(change(memory))))]);
}

describe("claims: a broker's successors", () => {
  it("a memory that the parties rewrote together, behind a true header, is refused", () =>
    withLine(async (line) => {
      const state = await line.first.state();
      const friend = toBase64url(SigningKey.generate().publicKey);
      const forged = await rewritten(line, state, (memory) => ({ ...memory, lineage: [friend] }));
      expect(await codeOf(succeed(line, forged))).to.equal("BROKER_STATE");
      const copied = await rewritten(line, state, (memory) => memory);
      expect(await (await succeed(line, copied)).predecessors()).to.equal(1);
    }));

  it("a broker takes one state, and none once it was provisioned anew", () =>
    withLine(async (line) => {
      const { world, first, shares, dataset } = line;
      const older = await first.state();
      const successor = await succeed(line, await first.state());
      expect(await codeOf(successor.ask("restore", {}, [older]))).to.equal("MESSAGE_FORMAT");

      const { alice, bob } = world.parties;
      const empty = await LooseBroker.start(world); // was handed nothing, and left nothing but what it had released
      const emptyShares = { alice: await alice.keepShare(empty), bob: await bob.keepShare(empty) };
      const heir = await succeed({ ...line, shares: emptyShares }, await empty.state());
      expect(await codeOf(heir.ask("restore", {}, [older]))).to.equal("MESSAGE_FORMAT");

      const anew = await LooseBroker.restored(world, older);
      await alice.recover(shares.alice, anew);
      await alice.provision(dataset, anew);
      expect(await codeOf(bob.recover(shares.bob, anew))).to.equal("NOT_READY");
      expect(await codeOf(anew.ask("restore", {}, [older]))).to.equal("MESSAGE_FORMAT");
      expect(await anew.predecessors()).to.equal(0);
    }));

  it("a job that was opened meanwhile keeps its memory: no other takes its place", () =>
    withLine(async ({ world, first, shares }) => {
      const { alice, bob, carol } = world.parties;
      const state = await first.state();
      const successor = await LooseBroker.start(world);
      const asked = await carol.request(successor);
      await successor.ask("restore", {}, [state]);
      await alice.recover(shares.alice, successor);
      await successor.openJob(asked);
      expect(await codeOf(bob.recover(shares.bob, successor))).to.equal("NOT_READY");
      expect(await successor.predecessors()).to.equal(0);
    }));

  it("an older state than any party knows of is refused, and nothing is taken from it", () =>
    withLine(async ({ world, first, shares }) => {
      const { alice, bob } = world.parties;
      const successor = await LooseBroker.restored(world, await first.state());
      await alice.recover(shares.alice, successor, budgetHead([new Uint8Array(32)]));
      expect(await codeOf(bob.recover(shares.bob, successor, budgetHead([])))).to.equal("BUDGET_ROLLED_BACK");
      expect(await successor.predecessors()).to.equal(0);
    }));

  it("a request is answered by the broker that it is moved to, and by one with its broker's memory alone", () =>
    withLine(async (line) => {
      const { world, first, asked } = line;
      const { carol } = world.parties;
      const state = await first.state();
      const one = await succeed(line, state);
      const other = await succeed(line, state);
      expect(await codeOf(one.openJob(asked)), "not moved").to.equal("REQUEST");
      const moved = await carol.transfer(asked, one);
      expect(await carol.transfer(asked, one), "moved once more").to.equal(moved);
      expect(await codeOf(other.openJob(asked, moved)), "moved to its sibling").to.equal("REQUEST");
      expect(await codeOf(first.openJob(asked, moved)), "moved away").to.equal("REQUEST");
      expect(await codeOf(one.openJob(asked, moved))).to.equal("none");
      const stranger = await LooseBroker.start(world);
      const strayed = await carol.transfer(asked, stranger);
      expect(await codeOf(stranger.openJob(asked, strayed)), "no memory").to.equal("REQUEST");
    }));

  it("a sandbox that another than a predecessor let in, or into another job, is nobody", () =>
    withLine(async (line) => {
      const { world, first, asked } = line;
      const { carol } = world.parties;
      const jobId = (await first.openJob(asked)).body.text("jobId");
      const genuine = await letIn(first, jobId, world);
      const state = await first.state();
      const sibling = await succeed(line, state);
      await sibling.openJob(asked, await carol.transfer(asked, sibling));
      const stranger = await letIn(sibling, jobId, world);
      const forged = signAdmission(genuine.document, SigningKey.generate());
      const another = await carol.request(first);
      const elsewhere = await letIn(first, (await first.openJob(another)).body.text("jobId"), world);

      const successor = await succeed(line, state);
      const moved = await carol.transfer(asked, successor);
      for (const [who, admission] of Object.entries({ forged, stranger, elsewhere })) {
        expect(await codeOf(successor.openJob(asked, moved, [genuine, admission])), who).to.equal("BROKER_STATE");
      }
      expect(await codeOf(successor.openJob(asked, moved, [genuine]))).to.equal("none");
    }));

  it("a request whose result was opened is neither moved nor asked again", () =>
    attempt({ fleet: (key) => new InProcessFleet(key) }, async (world) => {
      const { carol } = world.parties;
      const asked = await world.request();
      openResult(asked, await world.run(asked));
      const other = await LooseBroker.start(world);
      expect(await codeOf(carol.transfer(asked, other))).to.equal("REQUEST");
      expect(await codeOf(carol.renew(asked, other))).to.equal("REQUEST");
    }));
});
