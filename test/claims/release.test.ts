import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import type { SealedResult } from "../../lib/coordinator/coordinator.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { ResultRequest } from "../../lib/party/result-request.ts";
import type { Message } from "../../lib/sandbox/message.ts";
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

type Outputs = Map<string, readonly Uint8Array[]>;

/** An honest job whose sealed outputs are changed before the receiver sees them. */
function withOutputs(change: (partitions: readonly Uint8Array[]) => readonly Uint8Array[]): Promise<string> {
  return attempt({}, async (world) => {
    const request = await world.request();
    const sealed = await world.run(request);
    const outputs: Outputs = new Map([["counts", change(sealed.outputs.get("counts") ?? [])]]);
    return codeOf(() => openResult(request, { ...sealed, outputs }));
  });
}

describe("claims: one release, to the named receivers, of the whole result", () => {
  it("does not release a query twice", async () => {
    const cheat = {
      ask: async ({ kind, forward }: Asked): Promise<Message> => {
        if (kind === "release") await forward();
        return forward();
      },
    };
    expect(await codeUnder({ cheat })).to.equal("DENIED_RELEASE");
  });

  it("does not release more often than the policy allows, though the request be new", () =>
    attempt({}, async (world) => {
      await world.run(await world.request());
      expect(await codeOf(async () => world.run(await world.request()))).to.equal("DENIED_RELEASE");
    }));

  it("catches results that changed places", async () => {
    expect(await withOutputs((partitions) => [...partitions].reverse())).to.equal("OUTPUT_ALTERED");
  });

  it("catches a truncated result", async () => {
    expect(await withOutputs((partitions) => partitions.map((part) => part.slice(0, -64)))).to.equal("OUTPUT_ALTERED");
  });

  it("catches a missing partition", async () => {
    expect(await withOutputs((partitions) => partitions.slice(1))).to.equal("OUTPUT_ALTERED");
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

  it("does not accept a wrap that was redirected, because the final manifest is signed", () =>
    attempt({}, async (world) => {
      const request = await world.request();
      const sealed = await world.run(request);
      const receipt = structuredClone(sealed.receipt) as unknown as {
        final: { document: { outputs: { wraps: { receiver: string; wrap: string }[] }[] } };
      };
      const [wrap] = receipt.final.document.outputs[0]?.wraps ?? [];
      if (wrap !== undefined) wrap.wrap = toBase64url(new Uint8Array(80));
      expect(await codeOf(() => openResult(request, { ...sealed, receipt }))).to.equal("MANIFEST_SIGNATURE");
    }));

  it("refuses data older than the receiver has seen", () => staleness({ epochs: { fruit: 2 } }, "EPOCH_STALE"));

  it("refuses a release ledger that was set back", () =>
    staleness({ budgetHead: new Uint8Array(32).fill(9) }, "BUDGET_ROLLED_BACK"));
});

function staleness(seen: Parameters<typeof openResult>[2], code: string): Promise<void> {
  return attempt({}, async (world: World) => {
    const request = await world.request();
    const sealed: SealedResult = await world.run(request);
    expect(await codeOf(() => openResult(request, sealed, seen))).to.equal(code);
  });
}
