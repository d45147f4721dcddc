/** Attacks on the release, and on the result and the receipt on their way to the receiver. */

import type { SealedResult } from "../../coordinator/running-job.ts";
import { toBase64url } from "../../crypto/bytes.ts";
import type { OpenedResult, OpenOptions } from "../../party/open-result.ts";
import type { ResultRequest } from "../../party/result-request.ts";
import { SealfoldError } from "../../errors.ts";
import type { Message } from "../../sandbox/message.ts";
import type { Attack, Play } from "../attack.ts";
import type { Asked, Cheat } from "../cheating.ts";
import { onAsk } from "../cheats.ts";
import type { World } from "../world.ts";

export const releaseTwice: Cheat = onAsk("release", async ({ forward }) => {
  await forward();
  return forward();
});

/** Has a partition reduced twice, and asks for the release of both: the same job with one output, and with the other. */
export class TwoResults {
  /** The reduce manifest that is released first, and the one that shall take its place. */
  readonly manifests: unknown[] = [];

  async ask({ kind, link, body, forward }: Asked): Promise<Message> {
    if (kind === "release") {
      await forward();
      const reduce = body["reduce"] as readonly unknown[];
      const partition = partitionOf(this.manifests[0]);
      this.manifests.unshift(reduce[partition]);
      return forward({ ...body, reduce: reduce.map((own, r) => (r === partition ? this.manifests[1] : own)) });
    }
    const answer = await forward();
    if (kind !== "finish" || this.manifests.length > 0) return answer;
    this.manifests.push(answer.body.document("manifest"));
    const lost = new SealfoldError("SANDBOX_DIED", "ended by its host, which keeps its answer");
    link.end(lost);
    throw lost;
  }
}

function partitionOf(manifest: unknown): number {
  return (manifest as { readonly document: { readonly partition: number } }).document.partition;
}

/** Runs a query, then does something more for the same request. */
function afterRun(more: (world: World, request: ResultRequest) => Promise<unknown>): NonNullable<Play["course"]> {
  return async (world) => {
    const request = await world.request();
    await world.run(request);
    await more(world, request);
    return true;
  };
}

/** An honest job whose receiver is handed something else. */
function handing(change: (sealed: SealedResult) => SealedResult): NonNullable<Play["course"]> {
  return async (world) => {
    const request = await world.request();
    await world.receive(request, change(await world.run(request)));
    return true;
  };
}

/** The receiver has a result of one broker and of newer records, and gets its next one of another broker. */
function goingBack(seen: (first: OpenedResult) => OpenOptions): NonNullable<Play["course"]> {
  return async (world) => {
    const newer = await world.openSecond();
    await world.handIn(newer, undefined, 2);
    const first = await world.obtain(newer);
    await world.obtain(world.coordinator, seen(first));
    return true;
  };
}

function epochsOf({ receipt }: OpenedResult): Readonly<Record<string, number>> {
  return Object.fromEntries(receipt.commitments.map(({ document }) => [document.input, document.epoch]));
}

export function withPartitions(change: (partitions: readonly Uint8Array[]) => readonly Uint8Array[]) {
  return (sealed: SealedResult): SealedResult => ({
    ...sealed,
    outputs: new Map([["counts", change(sealed.outputs.get("counts") ?? [])]]),
  });
}

/** Wraps the result key for somebody else than the receiver who asked. */
export function redirected(sealed: SealedResult): SealedResult {
  const receipt = structuredClone(sealed.receipt) as unknown as {
    final: { document: { outputs: { wraps: { receiver: string; wrap: string }[] }[] } };
  };
  const [wrap] = receipt.final.document.outputs[0]?.wraps ?? [];
  if (wrap !== undefined) wrap.wrap = toBase64url(new Uint8Array(80));
  return { ...sealed, receipt: receipt as unknown as SealedResult["receipt"] };
}

export const releaseAttacks: readonly Attack[] = [
  {
    name: "second-release",
    target: "release",
    does: "asks the broker for the same release twice",
    gain: "the result key once more, for whoever asks next",
    by: "the broker",
    code: "DENIED_RELEASE",
    play: () => ({ cheat: releaseTwice }),
  },
  {
    name: "two-results",
    target: "release",
    does: "has a partition reduced twice, and asks for the release of each of the two results",
    gain: "two results of one query, to pick from or to compare",
    by: "the broker",
    code: "DENIED_RELEASE",
    play: () => {
      const two = new TwoResults();
      return { cheat: { ask: (asked) => two.ask(asked) } };
    },
  },
  {
    name: "run-again",
    target: "release",
    does: "runs the same query again, in other pieces, to compare the two answers",
    gain: "the noise averaged away, and what it hides",
    by: "the broker",
    code: "DENIED_RELEASE",
    play: () => ({ limits: { releases: 2 }, course: afterRun((world, request) => world.run(request, 3)) }),
  },
  {
    name: "one-too-many",
    target: "release",
    does: "runs a new query when the policy's releases are used up",
    gain: "one answer more than was agreed on",
    by: "the broker",
    code: "DENIED_RELEASE",
    play: () => ({ course: afterRun(async (world) => world.run(await world.request())) }),
  },
  {
    name: "second-broker",
    target: "release",
    does: "has a second broker, to which the owners handed their keys too, release the query again",
    gain: "a ledger of releases that begins anew",
    by: "the broker",
    code: "REQUEST",
    play: () => ({
      course: afterRun(async (world, request) => {
        const second = await world.openSecond();
        await world.handIn(second);
        await second.run({ requests: [request.signed], mappers: 2, partitions: 2 });
      }),
    }),
  },
];

export const resultAttacks: readonly Attack[] = [
  {
    name: "swapped-result",
    target: "result",
    does: "hands out the result's partitions in another order",
    gain: "numbers that stand beside the wrong words",
    by: "the receiver",
    code: "OUTPUT_ALTERED",
    play: () => ({ course: handing(withPartitions((partitions) => [...partitions].reverse())) }),
  },
  {
    name: "cut-result",
    target: "result",
    does: "cuts off the end of the result",
    gain: "an answer without the words that do not suit",
    by: "the receiver",
    code: "OUTPUT_ALTERED",
    play: () => ({ course: handing(withPartitions((partitions) => partitions.map((part) => part.slice(0, -64)))) }),
  },
  {
    name: "old-receipt",
    target: "result",
    does: "answers a new request with the result and receipt of an older one",
    gain: "yesterday's answer passes for today's",
    by: "the receiver",
    code: "RECEIPT_NONCE",
    play: () => ({
      course: async (world) => {
        const sealed = await world.run(await world.request());
        await world.receive(await world.request(), sealed);
        return true;
      },
    }),
  },
  {
    name: "redirected-result",
    target: "result",
    does: "wraps the result for a key of its own, and edits the receipt",
    gain: "a result that another opens, with a receipt that looks right",
    by: "the receiver",
    code: "MANIFEST_SIGNATURE",
    play: () => ({ course: handing(redirected) }),
  },
  {
    name: "stale-records",
    target: "result",
    does: "runs the job over records that their owners have replaced by newer ones",
    gain: "an answer about last year that passes for this year's",
    by: "the receiver",
    code: "EPOCH_STALE",
    play: () => ({ course: goingBack((first) => ({ epochs: epochsOf(first) })) }),
  },
  {
    name: "forgotten-releases",
    target: "result",
    does: "goes on with a broker that knows nothing of the releases so far",
    gain: "more results than the policy allows",
    by: "the receiver",
    code: "BUDGET_ROLLED_BACK",
    play: () => ({ course: goingBack(({ summary }) => ({ budgetHead: summary.budgetHead })) }),
  },
];
