/** The final manifest against everything that it sums up: the last signature of a receipt. */

import { fromBase64url, toBase64url } from "../crypto/bytes.ts";
import type { Digest } from "../crypto/hash.ts";
import { canonicalJson } from "../data/canonical.ts";
import { sealedCountersLength } from "../data/counters.ts";
import { SealfoldError } from "../errors.ts";
import type { Attested } from "../identity/appraise.ts";
import { narrowPolicy } from "../policy/narrow.ts";
import type { Policy } from "../policy/policy.ts";
import { budgetHead, extendsHead } from "./budget.ts";
import { type FinalManifest, isManifestBy, manifestHash, outputDigest } from "./manifest.ts";
import { joinedNarrowing } from "./narrowing.ts";
import type { Receipt } from "./receipt.ts";

/** What was found before the final manifest is looked at. */
export interface Findings {
  readonly policy: Policy;
  readonly broker: Attested;
  readonly query: Digest;
  readonly jobId: Digest;
  readonly commitSet: Digest;
  /** Optional inputs without a commitment. */
  readonly absent: readonly string[];
  readonly options: { readonly budgetHead?: Uint8Array };
}

/**
 * @returns the release ledger's head
 * @throws {SealfoldError} MANIFEST_*, NARROWING, RECEIPT_FINAL, COMMIT_SET, BUDGET_ROLLED_BACK
 */
export function checkFinal(receipt: Receipt, findings: Findings): Digest {
  const { policy, broker, query, jobId, commitSet, absent } = findings;
  const { final, reduce } = receipt;
  const { document } = final;
  if (document.certId !== toBase64url(broker.certId) || !isManifestBy("final manifest", final, broker.signingKey)) {
    throw new SealfoldError("MANIFEST_SIGNATURE", "the final manifest is not signed by the attested broker", {
      stage: "release",
    });
  }
  expect(document.jobId === toBase64url(jobId), "jobId");
  expect(document.queryId === toBase64url(query), "queryId");
  expect(document.policyHash === toBase64url(policy.hash), "policyHash");
  if (document.commitSet !== toBase64url(commitSet)) {
    throw new SealfoldError("COMMIT_SET", undefined, { stage: "release" });
  }
  const hashes = reduce.map((manifest) => toBase64url(manifestHash("reduce manifest", manifest)));
  expect(sameList(document.reduce, hashes), "reduce");
  expect(sameList(document.excluded, absent), "excluded");
  checkReleasedOutputs(receipt, policy, jobId);
  return checkBudget(document, findings);
}

/** Every output that the narrowing leaves, over all partitions, wrapped to nobody but its receivers who asked. */
function checkReleasedOutputs({ final, reduce, requests }: Receipt, policy: Policy, jobId: Digest): void {
  const narrowing = joinedNarrowing(policy, reduce);
  expect(canonicalJson(final.document.narrowing) === canonicalJson(narrowing), "narrowing");
  const { outputs, counters: counted } = narrowPolicy(policy.document, narrowing);
  const countersLength = sealedCountersLength(counted.length);
  const names = outputs.map(({ name }) => name);
  expect(sameList(namesOf(final.document.outputs), names), "outputs");
  expect(
    reduce.every(({ document }) => sameList(namesOf(document.outputs), names)),
    "reduce",
  );
  const asked = requests.map(({ document }) => document.receiver);
  final.document.outputs.forEach(({ name, digest, wraps, counters }, i) => {
    expect(digest === toBase64url(outputDigest(jobId, name, reduce)), "outputs.digest");
    const entitled = asked.filter((receiver) => outputs[i]?.receivers.includes(receiver));
    const given = wraps.map(({ receiver }) => receiver);
    expect(sameList(given, entitled), "outputs.wraps");
    expect(fromBase64url(counters).length === countersLength, "outputs.counters");
  });
}

/** This query is the last released, each was released once, and there are no more than the policy allows. */
function checkBudget({ budget }: FinalManifest, { policy, query, options }: Findings): Digest {
  expect(budget.entries.at(-1) === toBase64url(query), "budget.entries");
  expect(new Set(budget.entries).size === budget.entries.length, "budget.entries");
  expect(budget.entries.length <= policy.document.limits.releases, "budget.entries");
  const entries = budget.entries.map((entry) => fromBase64url(entry, 32));
  const head = budgetHead(entries);
  expect(budget.head === toBase64url(head), "budget.head");
  if (options.budgetHead !== undefined && !extendsHead(entries, options.budgetHead)) {
    throw new SealfoldError("BUDGET_ROLLED_BACK");
  }
  return head;
}

function namesOf(outputs: readonly { readonly name: string }[]): readonly string[] {
  return outputs.map(({ name }) => name);
}

function expect(holds: boolean, field: string): void {
  if (!holds) throw new SealfoldError("RECEIPT_FINAL", `the final manifest's ${field} does not fit`, { field });
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry, i) => entry === b[i]);
}
