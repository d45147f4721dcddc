/**
 * What a query and a job are called. Nothing that the coordinator chooses is in a queryId, so whatever is drawn from it
 * is the same however often and in whatever pieces the query is run.
 */

import { fromBase64url } from "../crypto/bytes.ts";
import { context } from "../crypto/context.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";
import { canonicalBytes, type Json } from "../data/canonical.ts";
import { documentHash } from "../data/signed.ts";
import type { Policy } from "../policy/policy.ts";
import { programMeasurement } from "../policy/questions.ts";
import type { Commitment } from "./commitment.ts";
import type { PlanDocument } from "./plan.ts";
import type { Request } from "./request.ts";

/** H(policyHash, receivers' requests, owners' commitments, programs, privacy parameters): design §6. */
export function queryId(policy: Policy, requests: readonly Request[], commitments: readonly Commitment[]): Digest {
  const asked = byName(requests, ({ receiver }) => receiver).map((document) => documentHash("request", document));
  const given = byName(commitments, ({ input }) => input).map((document) => documentHash("commitment", document));
  const programs = (["map", "reduce"] as const).map((stage) => fromBase64url(programMeasurement(policy, stage), 32));
  const privacy = canonicalBytes(policy.document.outputs);
  const parts = [asked.length, ...asked, given.length, ...given, ...programs, privacy];
  return sha256(context("query", policy.hash, ...parts));
}

/** H(queryId, plan): the partitions and the padding are part of the plan. */
export function jobId(query: Digest, plan: PlanDocument): Digest {
  return sha256(context("job", query, documentHash("plan", plan)));
}

function byName<T extends Json>(
  signed: readonly { readonly document: T }[],
  name: (document: T) => string,
): readonly T[] {
  return signed.map(({ document }) => document).sort((a, b) => (name(a) < name(b) ? -1 : 1));
}
