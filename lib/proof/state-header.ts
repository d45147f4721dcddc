/**
 * What stands in clear before a broker's sealed memory: who sealed it, and the commitments to the shares of its key. Only
 * an attested broker's signature makes one, so whoever holds the shares together can read a memory and make none.
 */

import * as v from "valibot";

import { fromBase64url, toBase64url, utf8 } from "../crypto/bytes.ts";
import { context } from "../crypto/context.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";
import { shareLength } from "../crypto/shares.ts";
import type { SigningKey } from "../crypto/signature.ts";
import { canonicalJson, parseCanonical } from "../data/canonical.ts";
import { isSignedBy, type Signed, signDocument } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import { appraise, type Attested } from "../identity/appraise.ts";
import { numberRanges } from "../policy/limits.ts";
import type { Policy } from "../policy/policy.ts";
import { atMost, bytesText, count, exactly, parseShape, signedSchema } from "./_schema.ts";

export type StateHeader = {
  readonly sealfold: "broker-state/1";
  readonly policyHash: string;
  /** Of the broker that sealed the state; its nonce names the commitments. */
  readonly evidence: string;
  /** Counts up with every state that this broker seals. */
  readonly version: number;
  /** To the coefficients of the shares' polynomial: as many as the policy's threshold. */
  readonly commitments: readonly string[];
  /** SHA-256 of what is sealed. It has a random secret in it, so that nobody can tell from this what else it has. */
  readonly memory: string;
};

/** A header in text is at most this long. */
const maxHeaderBytes = 128 * 1024;

const schema: v.GenericSchema<Signed<StateHeader>, Signed<StateHeader>> = signedSchema(
  exactly({
    sealfold: v.literal("broker-state/1"),
    policyHash: bytesText(32),
    evidence: v.string(),
    version: count,
    commitments: atMost(numberRanges.threshold.max, bytesText(shareLength)),
    memory: bytesText(32),
  }) as never,
);

/** What the evidence in a header answers. */
export function commitmentsNonce(commitments: readonly Uint8Array[]): Digest {
  return sha256(context("shares", ...commitments));
}

/** @returns the signed header as one line of canonical JSON, which is also what the sealed state is bound to. */
export function signStateHeader(document: StateHeader, key: SigningKey): Uint8Array {
  return utf8(`${canonicalJson(signDocument("broker state", document, key))}\n`);
}

/** A header that holds, and what is sealed behind it. */
export interface StateBehind {
  readonly header: Uint8Array;
  readonly document: StateHeader;
  readonly broker: Attested;
  readonly commitments: readonly Uint8Array[];
  readonly sealed: Uint8Array;
}

/**
 * @param state - a header with what is sealed behind it, from anywhere
 * @throws {SealfoldError} BROKER_STATE when it has another shape, or was not signed by an attested broker of this policy
 */
export function parseState(policy: Policy, state: Uint8Array): StateBehind {
  const end = state.subarray(0, maxHeaderBytes).indexOf(0x0a);
  if (end < 0) throw refusal("has no header");
  const limits = { code: "BROKER_STATE", maxBytes: maxHeaderBytes, what: "broker's state" } as const;
  const signed = parseShape(schema, parseCanonical(state.subarray(0, end), limits) as never, "BROKER_STATE", "header");
  const { policyHash, evidence, commitments: points } = signed.document;
  const { recovery } = policy.document;
  const threshold = recovery.kind === "shares" ? recovery.threshold : 0;
  if (policyHash !== toBase64url(policy.hash)) throw refusal("is of another policy");
  if (points.length !== threshold) throw refusal("is for another number of shares");
  const commitments = points.map((point) => fromBase64url(point, shareLength));
  const broker = appraiseBroker(policy, evidence, commitmentsNonce(commitments));
  if (!isSignedBy("broker state", signed, broker.signingKey)) throw refusal("is not signed by the broker it names");
  return {
    header: state.slice(0, end + 1),
    document: signed.document,
    broker,
    commitments,
    sealed: state.subarray(end + 1),
  };
}

function appraiseBroker(policy: Policy, evidence: string, nonce: Digest): Attested {
  try {
    return appraise(evidence, { policy, role: "broker", nonce });
  } catch (cause) {
    throw new SealfoldError("BROKER_STATE", "a broker's state is not of an attested broker", {}, { cause });
  }
}

function refusal(detail: string): SealfoldError {
  return new SealfoldError("BROKER_STATE", `a broker's state ${detail}`);
}
