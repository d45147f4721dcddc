/**
 * The release: the broker checks the whole job once more, and only then wraps the result keys to the receivers. Once
 * per query.
 */

import { fromBase64url, type RandomSource, toBase64url } from "../../crypto/bytes.ts";
import { exchangePublicKey } from "../../crypto/exchange.ts";
import type { Digest } from "../../crypto/hash.ts";
import type { VerifyingKey } from "../../crypto/signature.ts";
import { sealOneWay } from "../../channel/one-way.ts";
import { type Counted, sealCounters } from "../../data/counters.ts";
import type { Signed } from "../../data/signed.ts";
import { wrapPrologue } from "../../identity/channel-binding.ts";
import { certificateId, type Role } from "../../identity/evidence.ts";
import { narrowPolicy } from "../../policy/narrow.ts";
import type { PolicyOutput } from "../../policy/policy.ts";
import { budgetHead } from "../../proof/budget.ts";
import { checkMapManifests, checkReduceManifests, commitSetHash, expectAllRead } from "../../proof/commit-set.ts";
import {
  type FinalManifest,
  manifestHash,
  outputDigest,
  parseMapManifest,
  parseReduceManifest,
  type ReduceManifest,
  signManifest,
} from "../../proof/manifest.ts";
import { joinedNarrowing } from "../../proof/narrowing.ts";
import type { JobTerms } from "./job-terms.ts";
import type { Message } from "../message.ts";
import type { BrokerState } from "./broker-state.ts";
import { checkCounts, type CountedJob } from "./check-counts.ts";
import { releasedKey, type ReleaseScope } from "./released-key.ts";

/** What a release asks of its job. */
export interface ReleasableJob extends CountedJob {
  readonly terms: JobTerms;
  /** Records of the job that the program may fail on. */
  readonly badRecords: number;
  signerOf(certId: Uint8Array, role: Role, partition?: number): VerifyingKey | undefined;
  countsKeyOf(certId: Digest): Uint8Array;
  resultKey(output: string): Uint8Array;
}

/** @throws {SealfoldError} MANIFEST_*, COMMIT_SET, NARROWING, COUNTS, LIMIT_VALUE, DENIED_RELEASE */
export async function release(
  { body }: Message,
  job: ReleasableJob,
  state: BrokerState,
): Promise<{ readonly final: Signed<FinalManifest>; readonly evidence: string }> {
  const { terms } = job;
  const map = body.list("map").map(parseMapManifest);
  const reduce = body.list("reduce").map(parseReduceManifest);
  checkMapManifests(terms, map, (certId) => job.signerOf(certId, "mapper"));
  expectAllRead(terms.commitments, map);
  const commitSet = commitSetHash(terms.jobId, map);
  checkReduceManifests(terms, commitSet, reduce, (certId, partition) => job.signerOf(certId, "reducer", partition));
  const narrowing = joinedNarrowing(state.policy, reduce);
  const counted = checkCounts(job, map, reduce);
  state.memory.ledger.expectReleasable(terms.queryId, terms.requests);
  const evidence = await state.attest(terms.jobId);
  const outputs = releaseOutputs(job, {
    reduce,
    counted,
    left: narrowPolicy(state.policy.document, narrowing).outputs,
    scope: { jobId: terms.jobId, commitSet, narrowing },
    random: state.random,
  });
  state.memory.ledger.record(terms.queryId, terms.requests); // from here on this query is released, whatever becomes of the answer
  const { ledger, lineage } = state.memory;
  const { entries } = ledger;
  const final: FinalManifest = {
    jobId: toBase64url(terms.jobId),
    queryId: toBase64url(terms.queryId),
    policyHash: toBase64url(state.policy.hash),
    certId: toBase64url(certificateId(evidence)),
    commitSet: toBase64url(commitSet),
    reduce: reduce.map((manifest) => toBase64url(manifestHash("reduce manifest", manifest))),
    outputs,
    narrowing,
    budget: { entries: entries.map(toBase64url), head: toBase64url(budgetHead(entries)) },
    excluded: [...terms.excluded],
    lineage: lineage.map(toBase64url),
  };
  return { final: signManifest("final manifest", final, state.identity), evidence };
}

/** What is released, and how it came about. */
interface Released {
  readonly reduce: readonly Signed<ReduceManifest>[];
  readonly counted: Counted;
  /** The outputs that the narrowing leaves, with the receivers that it leaves them. */
  readonly left: readonly PolicyOutput[];
  readonly scope: ReleaseScope;
  readonly random: RandomSource;
}

function releaseOutputs(job: ReleasableJob, released: Released): FinalManifest["outputs"] {
  const { reduce, counted, left, scope, random } = released;
  return left.map(({ name, receivers }) => {
    const key = releasedKey(job.resultKey(name), name, scope);
    const output = {
      name,
      digest: toBase64url(outputDigest(job.id, name, reduce)),
      wraps: wrapResultKey(job, { name, receivers, key, random }),
      counters: toBase64url(sealCounters(key, { jobId: job.id, output: name }, counted)),
    };
    key.fill(0);
    return output;
  });
}

/** Wrapped once per receiver that asked, so that nothing opens before the release. */
function wrapResultKey(
  job: ReleasableJob,
  output: {
    readonly name: string;
    readonly receivers: readonly string[];
    readonly key: Uint8Array;
    readonly random: RandomSource;
  },
): readonly { readonly receiver: string; readonly wrap: string }[] {
  const asked = job.terms.recipients.filter(({ receiver }) => output.receivers.includes(receiver));
  return asked.map(({ receiver, key }) => {
    const prologue = wrapPrologue(job.id, output.name, receiver);
    const recipient = exchangePublicKey(fromBase64url(key, 32));
    return { receiver, wrap: toBase64url(sealOneWay(recipient, prologue, output.key, output.random)) };
  });
}
