/**
 * Appraisal (RFC 9334 §8): a relying party checks evidence itself, against the reference values of the policy. Each
 * check has its own code.
 */

import * as v from "valibot";

import { equalBytes, fromBase64url, toBase64url } from "../crypto/bytes.ts";
import { exchangePublicKey, type ExchangePublicKey } from "../crypto/exchange.ts";
import { digest, type Digest, sha256 } from "../crypto/hash.ts";
import { type VerifyingKey, verifyingKey } from "../crypto/signature.ts";
import type { Json } from "../data/canonical.ts";
import { SealfoldError } from "../errors.ts";
import { acceptsMeasurement, anchorOf, isInForce, programMeasurement } from "../policy/questions.ts";
import type { Policy } from "../policy/policy.ts";
import { certificateId, evidenceProfile, reportDataOf, type Role } from "./evidence.ts";
import { keyOfToken, parseToken, type Token } from "./jwt.ts";
import type { PlatformStatement, PlatformVerifier } from "./platform.ts";
import { platformVerifiers } from "./platforms.ts";

/** What the relying party knows beforehand. */
export interface Expectation {
  readonly policy: Policy;
  readonly role: Role;
  /** The challenge, 32 bytes. Left out only where a receipt is checked offline. */
  readonly nonce?: Uint8Array | undefined;
  /** The job that a mapper or reducer must be of. A broker's evidence names none. */
  readonly jobId?: Digest | undefined;
  /** Seconds since 1970; left out offline. The evidence must always be of a time at which the policy was in force. */
  readonly now?: number | undefined;
  readonly verifiers?: readonly PlatformVerifier[];
}

/** A sandbox whose evidence holds. */
export interface Attested {
  readonly certId: Digest;
  readonly role: Role;
  readonly index: number;
  readonly signingKey: VerifyingKey;
  readonly channelKey: ExchangePublicKey;
  /** Digest of the code that it runs. */
  readonly measurement: Uint8Array;
  readonly platform: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly jobId: Digest | undefined;
  readonly nonce: Uint8Array;
}

/** A verifier's clock may be this far behind the sandbox's, in seconds. */
const clockSkew = 60;

const bytes32 = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return fromBase64url(dataset.value, 32);
    } catch {
      addIssue({ message: "expected 32 bytes of base64url" });
      return NEVER;
    }
  }),
);
const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const schema = v.strictObject({
  eat_profile: v.literal(evidenceProfile),
  eat_nonce: bytes32,
  iat: seconds,
  exp: seconds,
  ueid: v.string(),
  swname: v.literal("sealfold sandbox"),
  cnf: v.strictObject({ jwk: v.strictObject({ kty: v.literal("OKP"), crv: v.literal("X25519"), x: bytes32 }) }),
  sealfold: v.strictObject({
    role: v.picklist(["broker", "mapper", "reducer"]),
    index: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    policy: bytes32,
    program: bytes32,
    key: bytes32,
    job: v.optional(bytes32),
  }),
  submods: v.record(v.string(), v.strictTuple([v.literal("JWT"), v.string()])),
});

type Claims = v.InferOutput<typeof schema>;

/**
 * @param evidence - anything
 * @throws {SealfoldError} EVIDENCE_FORMAT, EVIDENCE_SIGNATURE, EVIDENCE_PLATFORM, EVIDENCE_MEASUREMENT, EVIDENCE_DEBUG,
 *   EVIDENCE_ROLE, EVIDENCE_BINDING, EVIDENCE_NONCE, EVIDENCE_TIME: the first that fails, in this order
 */
export function appraise(evidence: unknown, expected: Expectation): Attested {
  const token = parseToken(evidence);
  const parsed = v.safeParse(schema, token.payload);
  if (!parsed.success) throw new SealfoldError("EVIDENCE_FORMAT", "the evidence's claims have another shape");
  const claims = parsed.output;
  const signingKey = signerOf(token, claims);
  const { platform, measurement } = appraisePlatform(claims, reportDataOf(statedIn(token.payload)), expected);
  expectBinding(claims, expected);
  expectFresh(claims, expected);
  return {
    certId: certificateId(evidence as string),
    role: claims.sealfold.role,
    index: claims.sealfold.index,
    signingKey,
    channelKey: exchangePublicKey(claims.cnf.jwk.x),
    measurement,
    platform,
    issuedAt: claims.iat,
    jobId: claims.sealfold.job && digest(claims.sealfold.job),
    nonce: claims.eat_nonce,
  };
}

/** What the platform vouches for: all claims but its own. */
function statedIn(payload: Json): { readonly [claim: string]: Json } {
  return Object.fromEntries(Object.entries(payload as object).filter(([claim]) => claim !== "submods"));
}

/** @throws {SealfoldError} EVIDENCE_SIGNATURE; EVIDENCE_FORMAT when the key that it names is none, or is not its own */
function signerOf(token: Token, { sealfold, ueid }: Claims): VerifyingKey {
  const isNamed = ueid === toBase64url(Uint8Array.of(1, ...sha256(sealfold.key)));
  const signer = isNamed ? keyOfToken(token, sealfold.key) : undefined;
  if (signer !== undefined) return signer;
  if (isNamed && isKey(sealfold.key)) throw new SealfoldError("EVIDENCE_SIGNATURE");
  throw new SealfoldError("EVIDENCE_FORMAT", "the evidence's signing key is not usable");
}

function isKey(bytes: Uint8Array): boolean {
  try {
    verifyingKey(bytes);
    return true;
  } catch {
    return false; // of small order, or no point at all
  }
}

function appraisePlatform(
  { submods }: Claims,
  reportData: Digest,
  { policy, verifiers = platformVerifiers }: Expectation,
): { readonly platform: string; readonly measurement: Uint8Array } {
  const [entry, ...more] = Object.entries(submods);
  if (entry === undefined || more.length > 0) {
    throw new SealfoldError("EVIDENCE_FORMAT", "the evidence has not exactly one platform's quote");
  }
  const [platform, [, quote]] = entry;
  const verifier = verifiers.find((candidate) => candidate.platform === platform);
  const anchor = anchorOf(policy, platform);
  if (verifier === undefined || anchor === undefined) throw new SealfoldError("EVIDENCE_PLATFORM");
  const statement = judge(() => verifier.verify(quote, reportData, anchor));
  if (!acceptsMeasurement(policy, statement.measurement)) throw new SealfoldError("EVIDENCE_MEASUREMENT");
  if (statement.debug) throw new SealfoldError("EVIDENCE_DEBUG");
  return { platform, measurement: statement.measurement };
}

/** Whatever a platform's verifier stumbles over is a quote that cannot be read. */
function judge(verify: () => PlatformStatement): PlatformStatement {
  try {
    return verify();
  } catch (cause) {
    if (cause instanceof SealfoldError) throw cause;
    throw new SealfoldError("EVIDENCE_FORMAT", "the platform's quote cannot be read", {}, { cause });
  }
}

function expectBinding({ sealfold }: Claims, { policy, role, jobId }: Expectation): void {
  if (sealfold.role !== role) {
    throw new SealfoldError("EVIDENCE_ROLE", `a ${sealfold.role}'s evidence was shown for a ${role}`, { stage: role });
  }
  if (!equalBytes(sealfold.policy, policy.hash)) {
    throw new SealfoldError("EVIDENCE_BINDING", "the evidence is for another policy", { stage: role });
  }
  const program = fromBase64url(programMeasurement(policy, role === "reducer" ? "reduce" : "map"), 32);
  if (!equalBytes(sealfold.program, program)) {
    throw new SealfoldError("EVIDENCE_BINDING", "the evidence is for another program", { stage: role });
  }
  const job = sealfold.job;
  if (jobId === undefined ? job !== undefined : job === undefined || !equalBytes(job, jobId)) {
    throw new SealfoldError("EVIDENCE_BINDING", "the evidence is for another job", { stage: role });
  }
}

function expectFresh({ eat_nonce, iat, exp }: Claims, { policy, nonce, now }: Expectation): void {
  if (nonce !== undefined && !equalBytes(eat_nonce, nonce)) throw new SealfoldError("EVIDENCE_NONCE");
  const { evidenceSeconds } = policy.document.runtime;
  const isFresh = now === undefined || (iat <= now + clockSkew && now - iat <= evidenceSeconds && now <= exp);
  if (!isFresh || iat > exp || !isInForce(policy, iat)) throw new SealfoldError("EVIDENCE_TIME");
}
