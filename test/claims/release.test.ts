import { expect } from "chai";

import type { SealedResult } from "../../lib/coordinator/running-job.ts";
import { redirected, releaseTwice, TwoResults, withPartitions } from "../../lib/demo/attacks/release.ts";
import { editing, forgetting, succeeding } from "../../lib/demo/attacks/succession.ts";
import { onAsk } from "../../lib/demo/cheats.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { ResultRequest } from "../../lib/party/result-request.ts";
import type { Json } from "../../lib/data/canonical.ts";
import { parseReduceManifest } from "../../lib/proof/manifest.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { opensWith } from "./_opens-with.ts";
import { type Asked, attempt, codeUnder, type World } from "./_world.ts";

/** The code that `work` ends with, or "none". */
async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "none";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** An honest job whose sealed outputs are changed before the receiver sees them. */
function handing(change: (sealed: SealedResult) => SealedResult): Promise<string> {
  return attempt({}, async (world) => {
    const request = await world.request();
    const sealed = await world.run(request);
    return codeOf(() => openResult(request, change(sealed)));
  });
}

describe("claims: one release, to the named receivers, of the whole result", () => {
  it("does not release a query twice", async () => {
    expect(await codeUnder({ cheat: releaseTwice })).to.equal("DENIED_RELEASE");
  });

  it("does not release one job with two outputs, each of which was reduced as it should", async () => {
    const two = new TwoResults();
    expect(await codeUnder({ cheat: { ask: (asked) => two.ask(asked) } })).to.equal("DENIED_RELEASE");
    const [first, second] = two.manifests.map((manifest) => parseReduceManifest(manifest).document);
    expect(second?.commitSet).to.equal(first?.commitSet).and.not.to.equal(undefined);
    expect(second?.attempt).not.to.equal(first?.attempt);
  });

  it("does not run a query again to compare, in whatever other pieces", () =>
    attempt({ limits: { releases: 3 } }, async (world) => {
      const request = await world.request();
      await world.run(request, 2);
      expect(await codeOf(() => world.run(request, 2))).to.equal("DENIED_RELEASE");
      expect(await codeOf(() => world.run(request, 3))).to.equal("DENIED_RELEASE");
    }));

  it("does not release a query in other pieces that was begun before it was released", () => {
    let other: { readonly partitions: number; readonly world: World; readonly request: ResultRequest } | undefined;
    const ask = async ({ kind, forward }: Asked): Promise<Message> => {
      const begun = other;
      if (kind !== "release" || begun === undefined) return forward();
      other = undefined;
      await begun.world.run(begun.request, begun.partitions); // all of it, while the first one waits for its release
      return forward();
    };
    return attempt({ cheat: { ask }, limits: { releases: 3 } }, async (world) => {
      const request = await world.request();
      other = { partitions: 3, world, request };
      expect(await codeOf(() => world.run(request, 2))).to.equal("DENIED_RELEASE");
      expect(other).to.equal(undefined);
    });
  });

  it("does not release what was reduced in another job", async () => {
    let earlier: unknown;
    const cheat = onAsk("release", ({ body, forward }) => {
      const [first, ...rest] = body["reduce"] as readonly unknown[];
      earlier ??= first;
      return forward({ ...body, reduce: [earlier, ...rest] });
    });
    await attempt({ cheat, limits: { releases: 2 } }, async (world) => {
      await world.obtain();
      expect(await codeOf(() => world.obtain())).to.equal("MANIFEST_JOB");
    });
  });

  it("does not release more often than the policy allows, though the request be new", () =>
    attempt({}, async (world) => {
      await world.run(await world.request());
      expect(await codeOf(async () => world.run(await world.request()))).to.equal("DENIED_RELEASE");
    }));

  it("does not release a query at a second broker, though owners hand their keys to both", () =>
    attempt({}, async (world) => {
      const request = await world.request();
      await world.run(request);
      const second = await world.openSecond();
      await world.handIn(second);
      const run = (asked: ResultRequest): Promise<SealedResult> =>
        second.run({ requests: [asked.signed], mappers: 2, partitions: 2 });
      expect(await codeOf(() => run(request))).to.equal("REQUEST");
      expect(await codeOf(async () => run(await world.parties.carol.request(second)))).to.equal("none");
    }));

  it("catches results that changed places", async () => {
    expect(await handing(withPartitions((partitions) => [...partitions].reverse()))).to.equal("OUTPUT_ALTERED");
  });

  it("catches a truncated result", async () => {
    expect(await handing(withPartitions((partitions) => partitions.map((part) => part.slice(0, -64))))).to.equal(
      "OUTPUT_ALTERED",
    );
  });

  it("catches a missing partition", async () => {
    expect(await handing(withPartitions((partitions) => partitions.slice(1)))).to.equal("OUTPUT_ALTERED");
  });

  it("does not accept an old receipt for a new request", () =>
    attempt({ limits: { releases: 2 } }, async (world) => {
      const first = await world.request();
      const sealed = await world.run(first);
      const second = await world.request();
      expect(await codeOf(() => openResult(second, sealed))).to.equal("RECEIPT_NONCE");
    }));

  it("does not open a result for anybody but its receiver", () =>
    attempt({}, async (world) => {
      const request = await world.request();
      const sealed = await world.run(request);
      const alice = await world.parties.alice.request(world.coordinator);
      const posing = {
        receiver: "carol",
        nonce: request.nonce,
        policy: world.policy,
        unwrap: (...args: Parameters<ResultRequest["unwrap"]>) => alice.unwrap(...args),
      };
      expect(await codeOf(() => openResult(posing as unknown as ResultRequest, sealed))).to.equal("OUTPUT_ALTERED");
    }));

  it("does not accept a wrap that was redirected, because the final manifest is signed", async () => {
    expect(await handing(redirected)).to.equal("MANIFEST_SIGNATURE");
  });

  it("does not open, with the released key, what was reduced of other attempts than those released", () => {
    const twice = new TwiceReduced();
    return attempt({ cheat: { ask: (asked) => twice.ask(asked) } }, async (world) => {
      const request = await world.request();
      const sealed = await world.coordinator.run({ requests: [request.signed], mappers: 1, partitions: 1 });
      const [manifest] = sealed.receipt.reduce;
      const [released] = sealed.outputs.get("counts") ?? [];
      if (manifest === undefined || twice.kept === undefined) throw new Error("nothing was reduced");
      expect(opensWith(request, sealed, manifest.document, released)).to.equal(true);
      const other = parseReduceManifest(twice.kept.body.document("manifest")).document;
      expect(other.commitSet).not.to.equal(manifest.document.commitSet);
      expect(opensWith(request, sealed, other, twice.kept.parts[0])).to.equal(false);
    });
  });

  it("does not let a broker's successor forget a release that somebody knows of, nor edit what it remembers", async () => {
    const codeWith = (choose: Parameters<typeof succeeding>[0]): Promise<string> => {
      const { course, ...options } = succeeding(choose);
      return codeOf(() => attempt(options, course));
    };
    expect(await codeWith(forgetting)).to.equal("BUDGET_ROLLED_BACK");
    expect(await codeWith(editing)).to.equal("BROKER_STATE");
    expect(await codeWith((_, after) => after), "the memory that it had in the end").to.equal("none");
  });

  it("refuses data older than the receiver has seen", () => staleness({ epochs: { fruit: 2 } }, "EPOCH_STALE"));

  it("refuses a release ledger that was set back", () =>
    staleness({ budgetHead: new Uint8Array(32).fill(9) }, "BUDGET_ROLLED_BACK"));
});

/** Has the first task of a job of one mapper and one reducer mapped twice, and keeps what is reduced of the first. */
class TwiceReduced {
  kept: Message | undefined;
  #broker: Asked | undefined;
  readonly #mapped: Message[] = [];

  ask(asked: Asked): Promise<Message> {
    if (asked.kind === "task" || asked.kind === "members") this.#broker = asked;
    if (asked.kind === "map") return this.#map(asked);
    return asked.kind === "reduce" ? this.#reduce(asked) : asked.forward();
  }

  async #map({ link, parts, forward }: Asked): Promise<Message> {
    const answer = await forward();
    this.#mapped.push(answer);
    if (this.#mapped.length > 1) return answer;
    return link.ask("map", {}, [await this.#newGrant(), ...parts.slice(1)]);
  }

  async #reduce({ link, body, parts, forward }: Asked): Promise<Message> {
    const manifests = this.#mapped.map((answer) => answer.body.document("manifest")) as Json[];
    await link.ask("reduce", { ...(body as Record<string, Json>), manifests }, parts);
    for (const answer of this.#mapped) await link.ask("cell", {}, answer.parts);
    this.kept = await link.ask("finish", {});
    return forward(body, [await this.#newGrant()]);
  }

  /** A channel takes each of its messages once, so whoever asks twice needs two. */
  async #newGrant(): Promise<Uint8Array> {
    const { parts = [] } = (await this.#broker?.forward()) ?? {};
    return parts[0] ?? new Uint8Array();
  }
}

function staleness(seen: Parameters<typeof openResult>[2], code: string): Promise<void> {
  return attempt({}, async (world: World) => {
    const request = await world.request();
    const sealed: SealedResult = await world.run(request);
    expect(await codeOf(() => openResult(request, sealed, seen))).to.equal(code);
  });
}
