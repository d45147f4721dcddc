/**
 * Evidence (RFC 9334): an Entity Attestation Token (RFC 9711) as a JWT. It says: this signing key and this channel key
 * live in a sandbox of this role, for this policy, program and job, fresh for this nonce. The sandbox signs it with its
 * own key; the platform's quote over the same claims is a submodule of it.
 */

import { toBase64url } from "../crypto/bytes.ts";
import { context } from "../crypto/context.ts";
import type { ExchangePublicKey } from "../crypto/exchange.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";
import type { SigningKey, VerifyingKey } from "../crypto/signature.ts";
import { canonicalBytes, type Json } from "../data/canonical.ts";
import { signToken } from "./jwt.ts";
import type { Attester } from "./platform.ts";

/** What a sandbox is for. */
export type Role = "broker" | "mapper" | "reducer";

/** `eat_profile`, a tag URI (RFC 9711 §4.3.2). */
export const evidenceProfile = "tag:sealfold,2026:sandbox/1";

/** What a sandbox says of itself. */
export interface EvidenceClaims {
  readonly role: Role;
  /** Which of its role: a reducer's is its partition. */
  readonly index: number;
  /** 32 bytes: the challenge that this answers. */
  readonly nonce: Uint8Array;
  readonly policyHash: Digest;
  readonly programHash: Digest;
  /** Undefined for a broker, which is there before any job. */
  readonly jobId: Digest | undefined;
  readonly signingKey: VerifyingKey;
  readonly channelKey: ExchangePublicKey;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** How long it may be taken for fresh, in seconds. */
  readonly lifetime: number;
}

/** @returns the evidence: a compact JWS of about 1.5 KB. */
export async function makeEvidence(claims: EvidenceClaims, identity: SigningKey, attester: Attester): Promise<string> {
  const body = encodeClaims(claims);
  const quote = await attester.quote(reportDataOf(body));
  return signToken({ ...body, submods: { [attester.platform]: ["JWT", quote] } }, identity);
}

/** What the platform vouches for: the digest of all claims but its own. */
export function reportDataOf(claims: { readonly [claim: string]: Json }): Digest {
  return sha256(context("report", canonicalBytes(claims)));
}

/** @returns the name of a piece of evidence in manifests: SHA-256 of it, made for this alone. */
export function certificateId(evidence: string): Digest {
  return sha256(context("certificate", evidence));
}

function encodeClaims(claims: EvidenceClaims): { readonly [claim: string]: Json } {
  const { signingKey, channelKey, jobId } = claims;
  return {
    eat_profile: evidenceProfile,
    eat_nonce: toBase64url(claims.nonce),
    iat: claims.issuedAt,
    exp: claims.issuedAt + claims.lifetime,
    // RFC 9711 §4.2.1.1: type RAND, then 32 bytes; the key is new in every sandbox
    ueid: toBase64url(Uint8Array.of(1, ...sha256(signingKey))),
    swname: "sealfold sandbox",
    cnf: { jwk: { kty: "OKP", crv: "X25519", x: toBase64url(channelKey) } }, // RFC 7800 §3.2, RFC 8037 §2
    sealfold: {
      role: claims.role,
      index: claims.index,
      policy: toBase64url(claims.policyHash),
      program: toBase64url(claims.programHash),
      key: toBase64url(signingKey),
      ...(jobId === undefined ? {} : { job: toBase64url(jobId) }),
    },
  };
}
