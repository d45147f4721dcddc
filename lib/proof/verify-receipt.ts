/**
 * Checks a job from its policy and its receipt alone, on any machine, at any time later (design §6, receipt table).
 * Nothing is fetched, and no clock is read.
 */

import { equalBytes, fromBase64url, toBase64url } from "../crypto/bytes.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";
import { canonicalBytes } from "../data/canonical.ts";
import { type VerifyingKey, verifyingKey } from "../crypto/signature.ts";
import type { Signed } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import { appraise, type Attested } from "../identity/appraise.ts";
import type { Role } from "../identity/evidence.ts";
import { foldToken, type ShownToken } from "../identity/shown-token.ts";
import type { PlatformVerifier } from "../identity/platform.ts";
import type { Narrowing } from "../policy/narrow.ts";
import { parsePolicy, type Policy } from "../policy/policy.ts";
import { verifyPolicySignatures } from "../policy/sign.ts";
import { checkFinal } from "./check-final.ts";
import { checkMapManifests, checkReduceManifests, commitSetHash, expectAllRead } from "./commit-set.ts";
import { expectInputs, verifyCommitment } from "./commitment.ts";
import { jobId as deriveJobId, queryId as deriveQueryId } from "./ids.ts";
import { verifyPlan } from "./plan.ts";
import { parseReceipt, type Receipt } from "./receipt.ts";
import { expectReceivers, verifyRequest } from "./request.ts";
import { recipientsAt } from "./transfer.ts";

/** What the checker knows of its own; each is checked only where it is given. */
export interface VerifyOptions {
  /** My request's nonce, 32 bytes, and my name: the receipt must answer such a request. */
  readonly nonce?: Uint8Array;
  readonly receiver?: string;
  /** The newest epoch of each input that I have seen. */
  readonly epochs?: Readonly<Record<string, number>>;
  /** The release ledger's head that I saw last. */
  readonly budgetHead?: Uint8Array;
  /** Sealed partitions by output, in order: must be those that were released. */
  readonly outputs?: Readonly<Record<string, readonly Uint8Array[]>>;
  /** Attestation platforms that can be judged; `software` unless told. */
  readonly verifiers?: readonly PlatformVerifier[];
}

/** One sandbox that signed something. */
export interface SandboxSummary {
  readonly role: Role;
  readonly index: number;
  /** Its signing key, 32 bytes. */
  readonly key: Uint8Array;
  readonly measurement: Uint8Array;
  readonly platform: string;
}

/** What a verified receipt says. */
export interface ReceiptSummary {
  readonly jobId: Digest;
  readonly policyHash: Digest;
  readonly owners: readonly string[];
  readonly receivers: readonly string[];
  readonly sandboxes: readonly SandboxSummary[];
  readonly platforms: readonly string[];
  /** How many brokers had a part in this: one, and one more for each that died and left its memory to the next. */
  readonly brokers: number;
  readonly tasks: number;
  readonly chunks: number;
  readonly partitions: number;
  /** Optional inputs that are not in this job. */
  readonly excluded: readonly string[];
  /** What the program took away from the policy for this job: receivers and outputs that are left, higher thresholds. */
  readonly narrowing: Narrowing;
  /** Queries released by this broker up to this one. */
  readonly releases: number;
  /** To be kept for the next receipt of the same broker. */
  readonly budgetHead: Digest;
}

/**
 * @param received - a receipt: parsed JSON, or its bytes
 * @param policy - the policy that the checker agreed to, or its bytes; one that the receipt carries must be the same
 * @throws {SealfoldError} RECEIPT_*, POLICY_SIGNATURE, REQUEST, COMMITMENT, EPOCH_STALE, PLAN, EVIDENCE_*, MANIFEST_*,
 *   COMMIT_SET, NARROWING, OUTPUT_ALTERED, BUDGET_ROLLED_BACK: the first check that fails
 */
export function verifyReceipt(
  received: unknown,
  policy: Policy | Uint8Array,
  options: VerifyOptions = {},
): ReceiptSummary {
  const agreed = policy instanceof Uint8Array ? parsePolicy(policy) : policy;
  const receipt = parseReceipt(received);
  expectPolicy(receipt, agreed);
  verifyPolicySignatures(agreed, receipt.signatures);
  const { query, jobId, absent } = checkTerms(receipt, agreed, options);
  const cast = appraiseCast(receipt, agreed, jobId, options.verifiers);
  const lineage = lineageOf(receipt, cast.broker);
  recipientsAt(agreed, receipt, { key: cast.broker.signingKey, lineage });
  const job = { jobId, plan: receipt.plan };
  checkMapManifests(job, receipt.map, (certId) => cast.mappers.get(toBase64url(certId))?.signingKey);
  expectAllRead(receipt.commitments, receipt.map);
  const commitSet = commitSetHash(jobId, receipt.map);
  checkReduceManifests(job, commitSet, receipt.reduce, (certId, partition) => {
    const reducer = cast.reducers.get(toBase64url(certId));
    return reducer?.index === partition ? reducer.signingKey : undefined;
  });
  expectSignersAlone(receipt, cast);
  const budgetHead = checkFinal(receipt, {
    policy: agreed,
    broker: cast.broker,
    query,
    jobId,
    commitSet,
    absent,
    options,
  });
  checkOutputs(receipt, options.outputs ?? {});
  return summarise(receipt, agreed, jobId, cast, budgetHead);
}

function expectPolicy({ policyHash, policy }: Receipt, agreed: Policy): void {
  const carried = policy === undefined ? agreed.bytes : canonicalBytes(policy);
  if (policyHash !== toBase64url(agreed.hash) || !equalBytes(carried, agreed.bytes)) {
    throw new SealfoldError("RECEIPT_POLICY");
  }
}

/** Requests, commitments and plan: what the job was to be. */
function checkTerms(
  { requests, commitments, plan }: Receipt,
  policy: Policy,
  { nonce, receiver, epochs = {} }: VerifyOptions,
): { readonly query: Digest; readonly jobId: Digest; readonly absent: readonly string[] } {
  expectReceivers(requests);
  for (const request of requests) verifyRequest(policy, request);
  if (nonce !== undefined || receiver !== undefined) {
    const answers = requests.some(
      ({ document }) =>
        (receiver === undefined || document.receiver === receiver) &&
        (nonce === undefined || equalBytes(fromBase64url(document.nonce, 32), nonce)),
    );
    if (!answers) throw new SealfoldError("RECEIPT_NONCE");
  }
  const absent = expectInputs(policy, commitments);
  for (const commitment of commitments) {
    verifyCommitment(policy, commitment);
    const { input, epoch, owner } = commitment.document;
    const seen = Object.hasOwn(epochs, input) ? epochs[input] : undefined;
    if (seen !== undefined && epoch < seen) {
      throw new SealfoldError("EPOCH_STALE", `input "${input}" is of epoch ${epoch}; ${seen} was seen before`, {
        party: owner,
      });
    }
  }
  verifyPlan(policy, plan, commitments);
  const query = deriveQueryId(policy, requests, commitments);
  return { query, jobId: deriveJobId(query, plan), absent };
}

/** @throws {SealfoldError} RECEIPT_FINAL unless the brokers that the releasing one names are others, each once. */
function lineageOf({ final }: Receipt, { signingKey }: Attested): readonly VerifyingKey[] {
  const { lineage } = final.document;
  const names = new Set([...lineage, toBase64url(signingKey)]);
  if (names.size === lineage.length + 1) return lineage.map(keyOf);
  throw badLineage();
}

function keyOf(key: string): VerifyingKey {
  try {
    return verifyingKey(fromBase64url(key, 32));
  } catch {
    throw badLineage(); // no key that could have signed anything
  }
}

function badLineage(): SealfoldError {
  return new SealfoldError("RECEIPT_FINAL", "the final manifest's lineage does not fit", { field: "lineage" });
}

/** Everybody who signed, each in the role in which it signed. */
interface Cast {
  readonly broker: Attested;
  readonly mappers: ReadonlyMap<string, Attested>;
  readonly reducers: ReadonlyMap<string, Attested>;
}

function appraiseCast(
  { evidence, map, reduce }: Receipt,
  policy: Policy,
  jobId: Digest,
  verifiers: readonly PlatformVerifier[] | undefined,
): Cast {
  if (evidence.mappers.length > signersOf(map).length || evidence.reducers.length > signersOf(reduce).length) {
    throw idleEvidence(); // before it costs anything
  }
  const judges = verifiers === undefined ? {} : { verifiers };
  const members = (role: Role, tokens: readonly ShownToken[]): ReadonlyMap<string, Attested> =>
    new Map(
      tokens.map((token) => {
        const attested = appraise(foldToken(token), { policy, role, jobId, ...judges });
        return [toBase64url(attested.certId), attested];
      }),
    );
  return {
    // the broker was there before the job; it attests anew at the release, with the job as its nonce
    broker: appraise(foldToken(evidence.broker), { policy, role: "broker", nonce: jobId, ...judges }),
    mappers: members("mapper", evidence.mappers),
    reducers: members("reducer", evidence.reducers),
  };
}

/**
 * Evidence of a sandbox that signed nothing would be told as if it had had a part in the job. What there is comes once,
 * in the order in which the sandboxes first signed.
 */
function expectSignersAlone({ map, reduce }: Receipt, { mappers, reducers }: Cast): void {
  const exact = sameNames([...mappers.keys()], signersOf(map)) && sameNames([...reducers.keys()], signersOf(reduce));
  if (!exact) throw idleEvidence();
}

/** @returns the certificate of each signer once, in the order of their first manifests. */
function signersOf(manifests: readonly Signed<{ readonly certId: string }>[]): readonly string[] {
  return [...new Set(manifests.map(({ document }) => document.certId))];
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

function idleEvidence(): SealfoldError {
  return new SealfoldError(
    "RECEIPT_FINAL",
    "the receipt's evidence is not that of its signers, each once and in order",
  );
}

/** @throws {SealfoldError} OUTPUT_ALTERED unless the sealed partitions are those that the reducers signed. */
function checkOutputs({ reduce }: Receipt, outputs: Readonly<Record<string, readonly Uint8Array[]>>): void {
  for (const [name, partitions] of Object.entries(outputs)) {
    const whole =
      partitions.length === reduce.length &&
      reduce.every(({ document }, r) => {
        const named = document.outputs.find((output) => output.name === name)?.digest;
        return named !== undefined && named === toBase64url(sha256(partitions[r] ?? new Uint8Array()));
      });
    if (!whole) throw new SealfoldError("OUTPUT_ALTERED", `output "${name}" is not the one that was released`);
  }
}

function summarise(
  { commitments, requests, plan, final }: Receipt,
  policy: Policy,
  jobId: Digest,
  { broker, mappers, reducers }: Cast,
  budgetHead: Digest,
): ReceiptSummary {
  const sandboxes = [broker, ...mappers.values(), ...reducers.values()].map(
    ({ role, index, signingKey, measurement, platform }) => ({ role, index, key: signingKey, measurement, platform }),
  );
  return {
    jobId,
    policyHash: policy.hash,
    owners: [...new Set(commitments.map(({ document }) => document.owner))],
    receivers: requests.map(({ document }) => document.receiver),
    sandboxes,
    platforms: [...new Set(sandboxes.map(({ platform }) => platform))],
    brokers: final.document.lineage.length + 1,
    tasks: plan.tasks.length,
    chunks: commitments.reduce((sum, { document }) => sum + document.chunks, 0),
    partitions: plan.partitions,
    excluded: final.document.excluded,
    narrowing: final.document.narrowing,
    releases: final.document.budget.entries.length,
    budgetHead,
  };
}
