/** An owner's signed commitment to its sealed chunks (design §6.1): how many, in which order, under which root. */

import * as v from "valibot";

import { toBase64url } from "../crypto/bytes.ts";
import type { Digest } from "../crypto/hash.ts";
import type { SigningKey } from "../crypto/signature.ts";
import { type LeafRun, merkleRoot, rootOfRuns } from "../data/merkle.ts";
import { isSignedBy, type Signed, signDocument } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import type { Policy } from "../policy/policy.ts";
import { expectCommitment, partyKey } from "../policy/questions.ts";
import { bytesText, count, exactly, nameText, parseShape, signedSchema } from "./_schema.ts";

export type CommitmentDocument = {
  readonly policyHash: string;
  readonly owner: string;
  readonly input: string;
  /** Counts up with every version of the data. */
  readonly epoch: number;
  readonly chunks: number;
  /** Merkle root of the chunks' leaves. */
  readonly root: string;
};

export type Commitment = Signed<CommitmentDocument>;

export const commitmentSchema: v.GenericSchema<Commitment, Commitment> = signedSchema(
  exactly({
    policyHash: bytesText(32),
    owner: nameText,
    input: nameText,
    epoch: count,
    chunks: v.pipe(count, v.minValue(1)),
    root: bytesText(32),
  }),
);

export function signCommitment(document: CommitmentDocument, key: SigningKey): Commitment {
  return signDocument("commitment", document, key);
}

/** @throws {SealfoldError} COMMITMENT when `value` has another shape; its signature is not checked here. */
export function parseCommitment(value: unknown): Commitment {
  return parseShape(commitmentSchema, value, "COMMITMENT", "commitment");
}

/**
 * @param leaves - the chunks' leaves in order, where they are known already
 * @throws {SealfoldError} COMMITMENT when it is not the owner's, is for another policy, or is not the root of `leaves`;
 *   DENIED_PARTY, EPOCH_STALE, LIMIT_INPUT when the policy does not allow it
 */
export function verifyCommitment(policy: Policy, commitment: Commitment, leaves?: readonly Digest[]): void {
  const { document } = commitment;
  const place = { party: document.owner, field: `input ${document.input}` };
  if (document.policyHash !== toBase64url(policy.hash)) {
    throw new SealfoldError("COMMITMENT", "a commitment is for another policy", place);
  }
  expectCommitment(policy, document);
  if (!isSignedBy("commitment", commitment, partyKey(policy, document.owner))) {
    throw new SealfoldError("COMMITMENT", `a commitment is not signed by ${document.owner}`, place);
  }
  if (leaves !== undefined) expectLeaves(commitment, leaves);
}

/**
 * @param leaves - the chunks' leaves, in order
 * @throws {SealfoldError} COMMITMENT unless these are what was committed to
 */
export function expectLeaves({ document }: Commitment, leaves: readonly Digest[]): void {
  if (leaves.length !== document.chunks || toBase64url(merkleRoot(leaves)) !== document.root)
    throw notCommitted(document);
}

/**
 * @param runs - of the chunks' leaves, as they were read
 * @throws {SealfoldError} COMMITMENT unless they are the whole of what was committed to, each chunk once and in order
 */
export function expectRuns({ document }: Commitment, runs: readonly LeafRun[]): void {
  const tree = rootOfRuns(runs);
  if (tree?.count !== document.chunks || toBase64url(tree.root) !== document.root) throw notCommitted(document);
}

function notCommitted({ owner, input }: CommitmentDocument): SealfoldError {
  const place = { party: owner, field: `input ${input}` };
  return new SealfoldError("COMMITMENT", "the chunks are not those that were committed to", place);
}

/**
 * Each input at most once, and each required one.
 * @returns the names of the optional inputs that are absent
 * @throws {SealfoldError} COMMITMENT
 */
export function expectInputs({ document }: Policy, commitments: readonly Commitment[]): readonly string[] {
  const given = commitments.map((commitment) => commitment.document.input);
  if (new Set(given).size !== given.length) throw new SealfoldError("COMMITMENT", "an input is committed to twice");
  const absent = document.inputs.filter(({ name }) => !given.includes(name));
  const missing = absent.find(({ required }) => required);
  if (missing === undefined) return absent.map(({ name }) => name);
  throw new SealfoldError("COMMITMENT", `required input "${missing.name}" is missing`, { party: missing.owner });
}
