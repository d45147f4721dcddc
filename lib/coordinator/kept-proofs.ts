/**
 * How each piece that was kept of a job proves itself when it is loaded: by the signature of whoever made it, and by the
 * digests in what is signed. Pure: values in; out comes what was proven, or whatever is thrown.
 */

import { equalBytes, toBase64url } from "../crypto/bytes.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";
import { splitLeaves, subtreeRoots } from "../data/merkle.ts";
import type { Signed } from "../data/signed.ts";
import { appraise } from "../identity/appraise.ts";
import type { Policy } from "../policy/policy.ts";
import { type Admission, parseAdmission } from "../proof/admission.ts";
import { checkMapManifest, checkReduceManifest, type SignerOf } from "../proof/commit-set.ts";
import { parseCommitment, verifyCommitment } from "../proof/commitment.ts";
import { type MapManifest, parseMapManifest, parseReduceManifest, type ReduceManifest } from "../proof/manifest.ts";
import { parsePlan, type PlanDocument, verifyPlan } from "../proof/plan.ts";
import { parseRequest, type Request, verifyRequest } from "../proof/request.ts";
import type { Deposit } from "./deposit.ts";
import { bytesOf, countOf, fieldsOf, textOf, unproven } from "./kept-fields.ts";

/** What one attempt was committed with: what it signed, and what it was when it signed. */
export type KeptWork<T> = {
  readonly manifest: Signed<T>;
  readonly evidence: string;
  /** The broker's word that it was let in. */
  readonly admission: Admission;
};

/** What was asked, and how it is cut. */
export interface KeptQuery {
  readonly requests: readonly Request[];
  readonly plan: PlanDocument;
}

/** The job that something must be of. */
export interface KeptJob {
  readonly policy: Policy;
  readonly jobId: Digest;
  readonly plan: PlanDocument;
  readonly deposits: readonly Deposit[];
}

/** @throws {SealfoldError} COMMITMENT, … unless these are an owner's commitment and its leaves */
export function proveDeposit(policy: Policy, input: string, kept: unknown): Deposit {
  const { commitment: signed, leaves: text, sizes } = fieldsOf(kept, ["commitment", "leaves", "sizes"]);
  const commitment = parseCommitment(signed);
  if (commitment.document.input !== input) throw unproven("it is another input's");
  const leaves = bytesOf(text);
  const split = splitLeaves(leaves);
  if (split === undefined) throw unproven("a leaf is not whole");
  verifyCommitment(policy, commitment, split);
  if (!Array.isArray(sizes) || sizes.length !== commitment.document.chunks) throw unproven("its sizes are none");
  return { commitment, leaves, sizes: sizes.map(countOf) };
}

/** @throws {SealfoldError} REQUEST, PLAN, … unless receivers asked so, and the plan is one for these deposits */
export function proveQuery(policy: Policy, deposits: readonly Deposit[], kept: unknown): KeptQuery {
  const { requests: asked, plan: planned } = fieldsOf(kept, ["requests", "plan"]);
  if (!Array.isArray(asked)) throw unproven("nobody asks");
  const requests = asked.map(parseRequest);
  for (const request of requests) verifyRequest(policy, request);
  const plan = parsePlan(planned);
  verifyPlan(
    policy,
    plan,
    deposits.map(({ commitment }) => commitment),
  );
  return { requests, plan };
}

/** @throws {SealfoldError} MANIFEST_*, EVIDENCE_*, … unless an attested mapper of this job signed that it did this task */
export function proveMap(job: KeptJob, task: number, kept: unknown): KeptWork<MapManifest> {
  const { manifest: signed, evidence, admission } = fieldsOf(kept, ["manifest", "evidence", "admission"]);
  const manifest = parseMapManifest(signed);
  const { signerOf } = signerIn(job, "mapper", textOf(evidence));
  checkMapManifest(job, task, { manifest, signerOf });
  const { input, first, count, roots } = manifest.document.inputs;
  const deposit = job.deposits.find(({ commitment }) => commitment.document.input === input);
  const committed = splitLeaves(deposit?.leaves ?? nothing)?.slice(first, first + count) ?? [];
  const right = subtreeRoots(first, committed).map(toBase64url);
  if (committed.length !== count || right.length !== roots.length || right.some((root, i) => root !== roots[i])) {
    throw unproven("it was made of other chunks");
  }
  return { manifest, evidence: textOf(evidence), admission: admissionOf(manifest, admission) };
}

/**
 * @param cells - handshake and cell of each partition, in order
 * @throws {SealfoldError} STATE_DAMAGED unless these are what was signed
 */
export function expectCells({ document: { outputs } }: Signed<MapManifest>, cells: readonly Uint8Array[]): void {
  const whole = outputs.every(
    ({ digest: named }, i) => named === toBase64url(sha256(...cells.slice(2 * i, 2 * i + 2))),
  );
  if (!whole || cells.length !== 2 * outputs.length) throw unproven("a cell is not the one that was signed");
}

/**
 * @throws {SealfoldError} MANIFEST_*, EVIDENCE_*, COMMIT_SET, … unless an attested reducer of this job signed that it did
 *   this partition over this commit set
 */
export function proveReduce(
  job: KeptJob & { readonly commitSet: Digest },
  partition: number,
  kept: unknown,
): KeptWork<ReduceManifest> {
  const { manifest: signed, evidence, admission } = fieldsOf(kept, ["manifest", "evidence", "admission"]);
  const manifest = parseReduceManifest(signed);
  const { signerOf, index } = signerIn(job, "reducer", textOf(evidence));
  if (index !== partition) throw unproven("it is another partition's");
  checkReduceManifest(job, partition, { manifest, signerOf });
  return { manifest, evidence: textOf(evidence), admission: admissionOf(manifest, admission) };
}

/**
 * @param sealed - the partition's outputs, in order
 * @throws {SealfoldError} STATE_DAMAGED unless these are what was signed
 */
export function expectOutputs({ document }: Signed<ReduceManifest>, sealed: readonly Uint8Array[]): void {
  const whole = document.outputs.every(({ digest: named }, i) => named === toBase64url(sha256(sealed[i] ?? nothing)));
  if (!whole || sealed.length !== document.outputs.length) throw unproven("an output is not the one that was signed");
}

const nothing = new Uint8Array();

/** Whether the broker said so is for its successor to see. */
function admissionOf({ document }: Signed<{ readonly certId: string }>, kept: unknown): Admission {
  const admission = parseAdmission(kept);
  if (admission.document.certId !== document.certId) throw unproven("another sandbox was let in");
  return admission;
}

function signerIn(
  { policy, jobId }: KeptJob,
  role: "mapper" | "reducer",
  evidence: string,
): { readonly signerOf: SignerOf; readonly index: number } {
  const { signingKey, certId, index } = appraise(evidence, { policy, role, jobId });
  return { signerOf: (named) => (equalBytes(named, certId) ? signingKey : undefined), index };
}
