/** Every party signs the policy: detached Ed25519 over the labelled canonical bytes (design §4). */

import { equalBytes } from "../crypto/bytes.ts";
import type { SigningKey } from "../crypto/signature.ts";
import { isSignatureOf, signDocument } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import { listMaxima } from "./limits.ts";
import type { Policy } from "./policy.ts";
import { partyKey } from "./questions.ts";

/** One party's consent to one policy. */
export type PolicySignature = {
  readonly party: string;
  /** 64 bytes of Ed25519 over `context("policy", policy.bytes)`, base64url. */
  readonly signature: string;
};

/**
 * Signs `policy` as `party`.
 * @throws {SealfoldError} DENIED_PARTY when the policy has no such party; POLICY_SIGNATURE when `key` is not its key
 */
export function signPolicy(policy: Policy, party: string, key: SigningKey): PolicySignature {
  if (!equalBytes(partyKey(policy, party), key.publicKey)) {
    throw refusal(`the policy gives ${party} another key than this one`, party);
  }
  return { party, signature: signDocument("policy", policy.document, key).signature };
}

/**
 * Checks that each party of `policy` signed it, once, and that nobody else did. The order does not matter.
 * @param signatures - an array of {@link PolicySignature}, from anywhere
 * @throws {SealfoldError} POLICY_SIGNATURE naming, in `place.party`, whose signature is missing, doubled or wrong
 */
export function verifyPolicySignatures(policy: Policy, signatures: unknown): void {
  const names = policy.document.parties.map((party) => party.name);
  const byParty = new Map<string, PolicySignature>();
  for (const given of parsePolicySignatures(signatures)) {
    if (!names.includes(given.party)) throw refusal("somebody signed who is not a party of this policy");
    if (byParty.has(given.party)) throw refusal(`${given.party} signed more than once`, given.party);
    byParty.set(given.party, given);
  }
  for (const name of names) {
    const given = byParty.get(name);
    if (given === undefined) throw refusal(`${name} has not signed this policy`, name);
    if (!isPartySignature(policy, given)) throw refusal(`the signature of ${name} is not for this policy`, name);
  }
}

/**
 * @returns `value` as signatures of the right shape, none of them verified
 * @throws {SealfoldError} POLICY_SIGNATURE
 */
function parsePolicySignatures(value: unknown): readonly PolicySignature[] {
  if (!Array.isArray(value)) throw refusal("the policy's signatures are not a list");
  if (value.length > listMaxima.parties) throw refusal(`there are more signatures than a policy has parties`);
  return value.map(parsePolicySignature);
}

function parsePolicySignature(value: unknown, index: number): PolicySignature {
  const malformed = `signature ${index} must have a party and a signature and nothing else`;
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) throw refusal(malformed);
  const { party, signature } = value as Readonly<Record<string, unknown>>;
  if (typeof party !== "string" || typeof signature !== "string") throw refusal(malformed);
  return { party, signature };
}

function isPartySignature(policy: Policy, { party, signature }: PolicySignature): boolean {
  return isSignatureOf("policy", policy.bytes, { signature, key: partyKey(policy, party) });
}

function refusal(detail: string, party?: string): SealfoldError {
  return new SealfoldError("POLICY_SIGNATURE", detail, party === undefined ? {} : { party });
}
