/** What a job is about, checked before any key is derived for it: requests, commitments, leaves and the plan. */

import { fromBase64url } from "../../crypto/bytes.ts";
import { digest, type Digest } from "../../crypto/hash.ts";
import { leafAt, splitLeaves } from "../../data/merkle.ts";
import { SealfoldError } from "../../errors.ts";
import { readsDiagnostics } from "../../policy/questions.ts";
import { type Commitment, expectInputs, parseCommitment, verifyCommitment } from "../../proof/commitment.ts";
import { jobId as deriveJobId, queryId as deriveQueryId } from "../../proof/ids.ts";
import { parsePlan, type PlanDocument, verifyPlan } from "../../proof/plan.ts";
import { expectReceivers, parseRequest, verifyRequest } from "../../proof/request.ts";
import { parseTransfer, type Recipient, recipientsAt, requestHash } from "../../proof/transfer.ts";
import { malformed, maxParts, type Message, partAt } from "../message.ts";
import type { BrokerState } from "./broker-state.ts";

export interface JobTerms {
  readonly queryId: Digest;
  readonly jobId: Digest;
  /** Hashes of the requests. */
  readonly requests: readonly Digest[];
  /** Who asked, in the requests' order, each with the X25519 key that its result is for. */
  readonly recipients: readonly Recipient[];
  readonly commitments: readonly Commitment[];
  readonly plan: PlanDocument;
  /** Diagnostics readers that asked, each with its X25519 key. */
  readonly readers: readonly { readonly name: string; readonly key: string }[];
  /** Optional inputs that are not part of this job. */
  readonly excluded: readonly string[];
  leaf(input: string, index: number): Digest;
  epochOf(input: string): number;
}

/** @throws {SealfoldError} REQUEST, COMMITMENT, EPOCH_STALE, LIMIT_INPUT, PLAN, NOT_READY, DENIED_* */
export function openTerms(message: Message, { policy, identity, memory }: BrokerState): JobTerms {
  const requests = message.body.list("requests").map(parseRequest);
  for (const request of requests) verifyRequest(policy, request);
  expectReceivers(requests);
  const transfers = message.body.list("transfers").map(parseTransfer);
  const line = { key: identity.publicKey, lineage: memory.lineage };
  const recipients = recipientsAt(policy, { requests, transfers }, line);
  const commitments = message.body.list("commitments").map(parseCommitment);
  const leaves = new Map<string, Uint8Array>();
  commitments.forEach((commitment, i) => {
    const { owner, input, epoch } = commitment.document;
    const given = partAt(message, i);
    const split = splitLeaves(given);
    if (split === undefined) throw malformed("leaves");
    verifyCommitment(policy, commitment, split);
    if (memory.dataKey(owner, input, epoch) === undefined) {
      throw new SealfoldError("NOT_READY", "an owner has not handed its data key to this broker", { party: owner });
    }
    leaves.set(input, given);
  });
  const excluded = expectInputs(policy, commitments);
  const plan = parsePlan(message.body.document("plan"));
  verifyPlan(policy, plan, commitments);
  expectTaskSizes(plan);
  const queryId = deriveQueryId(policy, requests, commitments);
  return {
    queryId,
    jobId: deriveJobId(queryId, plan),
    requests: requests.map((request) => digest(fromBase64url(requestHash(request), 32))),
    recipients,
    commitments,
    plan,
    readers: recipients
      .filter(({ receiver }) => readsDiagnostics(policy, receiver))
      .map(({ receiver, key }) => ({ name: receiver, key })),
    excluded,
    leaf: (input, index) => leafAt(leaves.get(input) ?? unknownInput(), index),
    epochOf: (input) => commitments.find(({ document }) => document.input === input)?.document.epoch ?? unknownInput(),
  };
}

/** A mapper gets a task's chunks in one message, after the grant. */
function expectTaskSizes({ tasks }: PlanDocument): void {
  const tooLong = tasks.findIndex(({ count }) => count >= maxParts);
  if (tooLong < 0) return;
  throw new SealfoldError("PLAN", `a task has more chunks than ${maxParts - 1}`, { task: tooLong });
}

function unknownInput(): never {
  throw malformed("input");
}
