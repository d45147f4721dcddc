/** A program narrows the policy for one job, and no coordinator can widen it again, or use what was sealed before. */

import { expect } from "chai";

import { fromBase64url } from "../../lib/crypto/bytes.ts";
import { digest } from "../../lib/crypto/hash.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { Narrowing } from "../../lib/policy/narrow.ts";
import { parseReduceManifest } from "../../lib/proof/manifest.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import type { SandboxFailure } from "../../lib/sandbox/sandbox.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { atLeast, entriesOf, type Opened, record, rising, runFor, world } from "./_narrowing-world.ts";
import { opensWith } from "./_opens-with.ts";
import { type Asked, attempt, type Cheat, codeUnder } from "./_world.ts";

/** Passes "seal" on after the narrowings that it carries were changed, and counts how often it asks for a release. */
function telling(
  change: (told: readonly Narrowing[], own: number) => readonly unknown[],
): Cheat & { readonly releases: number } {
  const cheat = {
    releases: 0,
    ask({ kind, body, link, forward }: Asked): Promise<Message> {
      if (kind === "release") cheat.releases += 1;
      if (kind !== "seal") return forward();
      return forward({ narrowings: change(body["narrowings"] as readonly Narrowing[], link.index) });
    },
  };
  return cheat;
}

describe("claims: narrowing, honestly", () => {
  it("applies in every partition what was narrowed in any, and says so in the receipt", () =>
    attempt(world(), async (here) => {
      const [carol, bob] = await runFor(here, ["carol", "bob"]);
      expect(carol?.summary.narrowing).to.deep.equal(atLeast(24));
      expect(entriesOf(carol as Opened, "counts")).to.deep.equal(new Map([["w23", 24]]));
      expect(entriesOf(bob as Opened, "all")).to.have.property("size", 24);
    }));

  it("gives nothing to a receiver who was narrowed out: no output, no counter, and no error", () => {
    const records = { ...rising, alice: [record("w0", { receivers: ["carol"] })] };
    return attempt(world({ records }), async (here) => {
      const [carol, bob] = (await runFor(here, ["carol", "bob"])) as [Opened, Opened];
      expect(entriesOf(carol, "counts")).to.have.property("size", 24);
      expect(carol.counters).to.deep.equal({ words: 277, keys: 24 });
      expect([...bob.outputs.keys()]).to.deep.equal([]);
      expect(bob.counters).to.deep.equal({});
      expect(bob.summary.narrowing).to.deep.equal({ receivers: ["carol"] });
    });
  });

  it("survives a reducer that dies between what it found and what it seals", () => {
    let killed = 0;
    const ask = ({ kind, link, forward }: Asked): Promise<Message> => {
      if (kind === "seal" && killed++ === 0) link.end(new SealfoldError("SANDBOX_DIED", "killed by a test"));
      return forward();
    };
    return attempt(world({ cheat: { ask } }), async (here) => {
      const [carol] = await runFor(here, ["carol"]);
      expect(entriesOf(carol as Opened, "counts")).to.deep.equal(new Map([["w23", 24]]));
    });
  });

  it("needs a place for every partition's reducer", () =>
    attempt(world({ limits: { reducers: 1 } }), async (here) => {
      expect(await codeOf(() => runFor(here, ["carol"], 2))).to.equal("DENIED_CAP");
      expect(await codeOf(() => runFor(here, ["carol"], 1))).to.equal("none");
    }));

  it("is not begun in a fleet that has no room for them all", () =>
    attempt(world({ limits: { reducers: 12, partitions: 12 } }), async (here) => {
      const error = await runFor(here, ["carol"], 12).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(RangeError).with.property("message").that.includes("at most 11");
    }));

  it("fails the program that narrows by what the policy does not have, with its text for the diagnostics readers", () => {
    let jobId = "";
    const ask = ({ kind, body, forward }: Asked): Promise<Message> => {
      if (kind === "challenge") jobId = body["jobId"] as string;
      return forward();
    };
    const records = { ...rising, alice: [record("w0", { receivers: ["eve-the-secret"] })] };
    return attempt(world({ records, cheat: { ask } }), async (here) => {
      const request = await here.request();
      const failure = (await here.run(request).catch((error: unknown) => error)) as SandboxFailure;
      expect(failure.code).to.equal("PROGRAM_VALUE");
      expect(JSON.stringify([failure.message, failure.place])).not.to.include("eve");
      const text = request.readDiagnostics(digest(fromBase64url(jobId, 32)), failure.sealed[0]?.text ?? "");
      expect(text).to.include("policy.narrow").and.include("receivers[0]");
    });
  });
});

describe("claims: a coordinator cannot widen what a program narrowed", () => {
  it("by hiding one reducer's narrowing from the others", async () => {
    const cheat = telling((told, own) => told.map((one, i) => (i === own ? one : {})));
    expect(await codeUnder(world({ cheat }))).to.equal("NARROWING");
  });

  it("by hiding a reducer's narrowing from itself: the reducer seals nothing", async () => {
    const cheat = telling((told) => told.map(() => ({})));
    expect(await codeUnder(world({ cheat }))).to.equal("NARROWING");
    expect(cheat.releases).to.equal(0);
  });

  it("by telling a reducer of fewer partitions than there are: the reducer seals nothing", async () => {
    const cheat = telling((told, own) => told.slice(0, own + 1));
    expect(await codeUnder(world({ cheat }))).to.equal("NARROWING");
    expect(cheat.releases).to.equal(0);
  });

  it("by telling reducers different sets, were they tighter than the truth", async () => {
    const cheat = telling((told, own) => told.map((one, i) => (own === 0 && i === 1 ? { ...one, outputs: [] } : one)));
    expect(await codeUnder(world({ cheat }))).to.equal("NARROWING");
  });

  it("by telling what is no narrowing of this policy", async () => {
    const cheat = telling((told, own) => told.map((one, i) => (i === own ? one : { receivers: ["eve"] })));
    expect(await codeUnder(world({ cheat }))).to.equal("MESSAGE_FORMAT");
  });

  it("by having a reducer seal before the others have finished", async () => {
    const cheat = telling((told, own) => [told[own] ?? {}]);
    expect(await codeUnder(world({ cheat }))).to.equal("NARROWING");
    const early = new Map<number, Message>();
    const ask = async ({ kind, link, forward }: Asked): Promise<Message> => {
      if (kind === "seal") return early.get(link.index) ?? forward();
      const answer = await forward();
      if (kind === "finish") {
        const own = answer.body.document("narrowed") as Narrowing;
        early.set(link.index, await link.ask("seal", { narrowings: [0, 1].map((i) => (i === link.index ? own : {})) }));
      }
      return answer;
    };
    expect(await codeUnder(world({ cheat: { ask } }))).to.equal("NARROWING");
    expect(early.size).to.equal(2);
  });

  it("by replaying what was narrowed in another job", async () => {
    const kept: (readonly Narrowing[])[] = [];
    const cheat = telling((told, own) => {
      kept.push(told);
      const [earlier] = kept;
      return told.map((one, i) => (i === own ? one : (earlier?.[i] ?? {})));
    });
    await attempt(world({ cheat, limits: { releases: 2 } }), async (here) => {
      const { alice } = here.parties;
      await runFor(here, ["carol"]);
      const records = { format: { kind: "json" as const }, chunks: () => chunkOf(rising.alice, 100) };
      const dataset = await alice.seal("fruit", records, here.coordinator, { epoch: 2 });
      await alice.provision(dataset, here.coordinator);
      expect(await codeOf(() => runFor(here, ["carol"]))).to.equal("NARROWING");
    });
  });

  it("by dropping a narrowing from the receipt, or wrapping to a receiver who was narrowed out", () =>
    attempt(world({ records: { ...rising, alice: [record("w0", { receivers: ["carol"] })] } }), async (here) => {
      const [carol, bob] = [await here.request(), await here.parties.bob.request(here.coordinator)];
      const requests = [carol.signed, bob.signed];
      const sealed = await here.coordinator.run({ requests, mappers: 2, partitions: 2 });
      const changes: readonly ((receipt: Loose) => void)[] = [
        ({ final }) => (final.document.narrowing = {}),
        ({ final }) => final.document.outputs[0]?.wraps.push({ receiver: "bob", wrap: "AAAA" }),
        ({ reduce }) => reduce.forEach(({ document }) => (document.narrowed = {})),
        ({ reduce }) => reduce.forEach(({ document }) => (document.applied = {})),
      ];
      for (const change of changes) {
        const receipt = structuredClone(sealed.receipt) as unknown as Loose;
        change(receipt);
        expect(await codeOf(() => openResult(carol, { ...sealed, receipt }))).to.equal("MANIFEST_SIGNATURE");
        expect(await codeOf(() => openResult(bob, { ...sealed, receipt }))).to.equal("MANIFEST_SIGNATURE");
      }
      expect(await codeOf(() => openResult(bob, sealed))).to.equal("none");
    }));

  it("by keeping results sealed under lower thresholds: no released key opens them", () => {
    const old = new Map<number, Message>();
    // Each reducer first seals as if it were alone, dies, and its successor does as it should.
    const ask = async ({ kind, body, link, forward }: Asked): Promise<Message> => {
      if (kind !== "seal" || old.has(link.index)) return forward();
      const told = body["narrowings"] as readonly Narrowing[];
      old.set(link.index, await forward({ narrowings: told.map((one, i) => (i === link.index ? one : {})) }));
      throw new SealfoldError("SANDBOX_DIED", "killed by a test");
    };
    return attempt(world({ cheat: { ask } }), async (here) => {
      const request = await here.request();
      const sealed = await here.run(request);
      const counts = sealed.outputs.get("counts") ?? [];
      sealed.receipt.reduce.forEach(({ document }, r) => {
        expect(opensWith(request, sealed, document, counts[r])).to.equal(true);
      });
      expect(old.size).to.equal(2);
      const opened = [...old.values()].map((answer) => {
        const { document } = parseReduceManifest(answer.body.document("manifest"));
        return [JSON.stringify(document.applied), opensWith(request, sealed, document, answer.parts[0])];
      });
      // one of the two partitions has the highest threshold of all, so that it knew the join by itself
      expect(opened.filter(([, opens]) => opens === true).map(([applied]) => applied)).to.deep.equal([
        JSON.stringify(atLeast(24)),
      ]);
    });
  });
});

type Loose = {
  reduce: { document: { narrowed: object; applied: object } }[];
  final: { document: { narrowing: object; outputs: { wraps: { receiver: string; wrap: string }[] }[] } };
};

async function* chunkOf(
  lines: readonly string[],
  raise: number,
): AsyncGenerator<{ bytes: Uint8Array; records: number }> {
  const words = lines.map((line, i) => `${JSON.stringify(record(`w${i}`, atLeast(i + raise)))}\n`);
  yield await Promise.resolve({ bytes: new TextEncoder().encode(words.join("")), records: lines.length });
}
