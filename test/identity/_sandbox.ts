/** A policy, and sandboxes with evidence under it, made without threads: the platform is the software one. */

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import { type Digest, digest, sha256 } from "../../lib/crypto/hash.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import type { Json } from "../../lib/data/canonical.ts";
import { type EvidenceClaims, makeEvidence, reportDataOf, type Role } from "../../lib/identity/evidence.ts";
import { signToken } from "../../lib/identity/jwt.ts";
import type { Attester } from "../../lib/identity/platform.ts";
import { softwareQuote } from "../../lib/identity/software.ts";
import { defaultLimits } from "../../lib/policy/limits.ts";
import { makePolicy, type Policy, type PolicyDocument } from "../../lib/policy/policy.ts";

export const signingKeyOf = (n: number): SigningKey => SigningKey.fromSeed(new Uint8Array(32).fill(n));
export const exchangeKeyOf = (n: number): ExchangeKey => ExchangeKey.fromSecret(new Uint8Array(32).fill(n));

/** Who takes part, and the operator whose word the software platform is. */
export const keys: Readonly<Record<"alice" | "bob" | "carol" | "host" | "operator", SigningKey>> = {
  alice: signingKeyOf(1),
  bob: signingKeyOf(2),
  carol: signingKeyOf(3),
  host: signingKeyOf(4),
  operator: signingKeyOf(5),
};

export const runtime: Digest = sha256(Uint8Array.of(1));
export const program: Digest = sha256(Uint8Array.of(2));

/** A second within the policy's time. */
export const now = 1_800_000_000;

export function policyDocument(change: Partial<PolicyDocument> = {}): PolicyDocument {
  const input = (name: string, owner: string, required: boolean): PolicyDocument["inputs"][number] => ({
    name,
    owner,
    format: { kind: "lines" },
    required,
    minEpoch: 1,
    maxChunks: 100,
    maxChunkBytes: 65536,
  });
  return {
    sealfold: "policy/1",
    purpose: "Words of two libraries",
    parties: (["alice", "bob", "carol", "host"] as const).map((name) => ({
      name,
      key: toBase64url(keys[name].publicKey),
    })),
    host: "host",
    inputs: [input("books", "alice", true), input("more", "bob", true), input("extra", "bob", false)],
    programs: [{ name: "words", provider: "carol", kind: "typescript", measurement: toBase64url(program) }],
    stages: [
      { kind: "map", program: "words", inputs: ["books", "more", "extra"], state: "perTask" },
      { kind: "reduce", program: "words" },
    ],
    runtime: {
      measurements: [toBase64url(runtime)],
      platforms: [{ name: "software", key: toBase64url(keys.operator.publicKey) }],
      evidenceSeconds: 300,
    },
    limits: { ...defaultLimits, partitions: 4, releases: 3 },
    capabilities: [],
    counters: [],
    keys: [],
    outputs: [
      { name: "counts", receivers: ["carol"], minValues: 0, minOwners: 0, noise: "none" },
      { name: "common", receivers: ["alice", "carol"], minValues: 2, minOwners: 2, noise: "none" },
    ],
    cancel: [],
    diagnostics: [],
    recovery: { kind: "none" },
    notBefore: now - 1000,
    notAfter: now + 1000,
    ...change,
  };
}

export const policy: Policy = makePolicy(policyDocument());

/** What the platform says of a sandbox, beside what the sandbox says of itself. */
export interface Platform {
  readonly measurement?: Digest;
  readonly debug?: boolean;
  readonly operator?: SigningKey;
  readonly name?: string;
}

export function attester({ measurement = runtime, debug = false, operator, name }: Platform = {}): Attester {
  const key = operator ?? keys.operator;
  return {
    platform: name ?? "software",
    quote: (reportData) => Promise.resolve(softwareQuote({ key, measurement, reportData, now, debug })),
  };
}

/** The claims of an honest sandbox: a mapper unless told. */
export function claimsOf(change: Partial<EvidenceClaims> = {}): EvidenceClaims {
  return {
    role: "mapper",
    index: 0,
    nonce: new Uint8Array(32).fill(7),
    policyHash: policy.hash,
    programHash: program,
    jobId: jobId,
    signingKey: identity.publicKey,
    channelKey: exchangeKeyOf(11).publicKey,
    issuedAt: now,
    lifetime: 300,
    ...change,
  };
}

export const jobId: Digest = digest(new Uint8Array(32).fill(9));
export const identity: SigningKey = signingKeyOf(10);

/** Evidence as an honest sandbox makes it, or with other claims. */
export function evidenceOf(claims: Partial<EvidenceClaims> = {}, platform: Platform = {}): Promise<string> {
  return makeEvidence(claimsOf(claims), identity, attester(platform));
}

export type Claims = Readonly<Record<string, Json>>;

/** The claims inside evidence, unchecked. */
export function claimsIn(token: string): Claims {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Claims;
}

/** Evidence over any claims, quoted anew by the honest platform and signed by the sandbox: all but its claims is right. */
export async function evidenceOver(claims: Claims): Promise<string> {
  const { submods: _, ...stated } = claims;
  const quote = await attester().quote(reportDataOf(stated));
  return signToken({ ...stated, submods: { software: ["JWT", quote] } }, identity);
}

export const roles: readonly Role[] = ["broker", "mapper", "reducer"];
