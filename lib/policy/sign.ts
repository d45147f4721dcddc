/** Every party signs the policy: detached Ed25519 over the labelled canonical bytes (design §4). */

import { fromBase64url, toBase64url } from "../crypto/bytes.ts";
import { context } from "../crypto/context.ts";
import { signature, type SigningKey, verifySignature } from "../crypto/signature.ts";
import { SealfoldError } from "../errors.ts";
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
  if (toBase64url(partyKey(policy, party)) !== toBase64url(key.publicKey)) {
    throw new SealfoldError("POLICY_SIGNATURE", `the policy gives ${party} another key than this one`, { party });
  }
  return { party, signature: toBase64url(key.sign(context("policy", policy.bytes))) };
}

/**
 * Checks that each party of `policy` signed it, once, and that nobody else did. The order does not matter.
 * @param signatures - an array of {@link PolicySignature}, from anywhere
 * @throws {SealfoldError} POLICY_SIGNATURE naming, in `place.party`, whose signature is missing, doubled or wrong
 */
export function verifyPolicySignatures(policy: Policy, signatures: unknown): void {
  const given = parsePolicySignatures(signatures, policy.document.parties.length);
  const byParty = new Map<string, string>();
  for (const { party, signature: text } of given) {
    if (byParty.has(party)) refuse(party, `${party} signed twice; one signature of each party is wanted`);
    byParty.set(party, text);
  }
  for (const { name } of policy.document.parties) {
    const text = byParty.get(name);
    if (text === undefined) refuse(name, `${name} has not signed this policy`);
    if (!isSignature(policy, name, text)) refuse(name, `the signature of ${name} is not for this policy and key`);
    byParty.delete(name);
  }
  const [stranger] = byParty.keys();
  if (stranger !== undefined) refuse(undefined, "somebody signed who is not a party of this policy");
}

/** @returns the parties, in the policy's order, without a right signature among `signatures`. */
export function partiesYetToSign(policy: Policy, signatures: readonly PolicySignature[]): readonly string[] {
  const signed = new Set(signatures.filter((s) => isPartySignature(policy, s)).map((s) => s.party));
  return policy.document.parties.map((party) => party.name).filter((name) => !signed.has(name));
}

/**
 * @param most - how many there may be
 * @returns `value` as signatures of the right shape, none of them verified
 * @throws {SealfoldError} POLICY_SIGNATURE
 */
export function parsePolicySignatures(value: unknown, most: number): readonly PolicySignature[] {
  if (!Array.isArray(value)) refuse(undefined, "the policy's signatures are not a list");
  if (value.length > most) refuse(undefined, `there are more signatures than ${most} parties`);
  return value.map(parsePolicySignature);
}

function parsePolicySignature(value: unknown, index: number): PolicySignature {
  const malformed = `signature ${index} is not an object of party and signature alone`;
  if (typeof value !== "object" || value === null) refuse(undefined, malformed);
  const { party, signature: text, ...rest } = value as Readonly<Record<string, unknown>>;
  if (typeof party !== "string" || typeof text !== "string" || text.length !== 86 || Object.keys(rest).length > 0) {
    refuse(undefined, malformed);
  }
  return { party, signature: text };
}

function isPartySignature(policy: Policy, { party, signature: text }: PolicySignature): boolean {
  return policy.document.parties.some(({ name }) => name === party) && isSignature(policy, party, text);
}

function isSignature(policy: Policy, party: string, text: string): boolean {
  let bytes: Uint8Array;
  try {
    bytes = fromBase64url(text, 64);
  } catch {
    return false; // not the one spelling of 64 bytes: to a verifier that is "no"
  }
  return verifySignature(partyKey(policy, party), context("policy", policy.bytes), signature(bytes));
}

function refuse(party: string | undefined, detail: string): never {
  throw new SealfoldError("POLICY_SIGNATURE", detail, party === undefined ? {} : { party });
}
