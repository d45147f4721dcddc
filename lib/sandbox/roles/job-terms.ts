/** What a job is about, checked before any key is derived for it: requests, commitments, leaves and the plan. */

import { digest, type Digest } from "../../crypto/hash.ts";
import { fromBase64url } from "../../crypto/bytes.ts";
import { SealfoldError } from "../../errors.ts";
import type { Policy } from "../../policy/policy.ts";
import { type Commitment, verifyCommitment } from "../../proof/commitment.ts";
import { jobId as deriveJobId, queryId as deriveQueryId } from "../../proof/ids.ts";
import { type PlanDocument, verifyPlan } from "../../proof/plan.ts";
import { type Request, verifyRequest } from "../../proof/request.ts";
import { type Message, partAt } from "../message.ts";
import type { BrokerState } from "./broker.ts";

export interface JobTerms {
  readonly queryId: Digest;
  readonly jobId: Digest;
  readonly requests: readonly Request[];
  readonly commitments: readonly Commitment[];
  readonly plan: PlanDocument;
  /** Diagnostics readers that asked: `[name, X25519 key]`. */
  readonly readers: readonly (readonly [string, string])[];
  /** Optional inputs that are not part of this job. */
  readonly excluded: readonly string[];
  leaf(input: string, index: number): Digest;
  epochOf(input: string): number;
  ownerOf(input: string): string;
}

/** Not written yet: see below. */
export function openTerms(message: Message, state: BrokerState): JobTerms {
  void message;
  void state;
  throw new Error();
}
void [digest, fromBase64url, SealfoldError, verifyCommitment, deriveJobId, deriveQueryId, verifyPlan, verifyRequest, partAt];
export type P = Policy;
