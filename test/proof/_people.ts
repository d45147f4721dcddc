/** Who is in the tests of identity and proof: parties and sandboxes with keys, a policy, and evidence. */

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import { type Digest, sha256 } from "../../lib/crypto/hash.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { type EvidenceClaims, makeEvidence, type Role } from "../../lib/identity/evidence.ts";
import { softwareQuote } from "../../lib/identity/software.ts";
import { defaultLimits } from "../../lib/policy/limits.ts";
import { makePolicy, type Policy, type PolicyDocument } from "../../lib/policy/policy.ts";

/** Seconds since 1970 at which everything happens. */
export const now = 1500;

/** @returns the same 32 bytes for the same name. */
export function bytesOf(name: string): Digest {
  return sha256(Buffer.from(name));
}

const keys = new Map<string, SigningKey>();

/** @returns the same key for the same name. */
export function keyOf(name: string): SigningKey {
  const key = keys.get(name) ?? SigningKey.fromSeed(bytesOf(`key of ${name}`));
  keys.set(name, key);
  return key;
}

export const machine: SigningKey = keyOf("machine");
export const programHash: Digest = bytesOf("program");
export const runtimeHash: Digest = bytesOf("runtime");

/** Anna and Ben own words, Dora might; Anna and Carla receive, each an output of her own and one together. */
export function policyOf(change: Partial<PolicyDocument> = {}): Policy {
  const input = (name: string, owner: string, required: boolean): PolicyDocument["inputs"][number] => ({
    name,
    owner,
    required,
    format: { kind: "lines" },
    minEpoch: 5,
    maxChunks: 10,
    maxChunkBytes: 4096,
  });
  const output = (name: string, receivers: readonly string[]): PolicyDocument["outputs"][number] => ({
    name,
    receivers,
    minValues: 0,
    minOwners: 0,
    noise: "none",
  });
  return makePolicy({
    sealfold: "policy/1",
    purpose: "words of two libraries",
    parties: parties.map((name) => ({ name, key: toBase64url(keyOf(name).publicKey) })),
    host: "carla",
    inputs: [input("a", "anna", true), input("b", "ben", true), input("d", "dora", false)],
    programs: [{ name: "words", provider: "carla", kind: "typescript", measurement: toBase64url(programHash) }],
    stages: [
      { kind: "map", program: "words", inputs: ["a", "b", "d"], state: "perTask" },
      { kind: "reduce", program: "words" },
    ],
    runtime: {
      measurements: [toBase64url(runtimeHash)],
      platforms: [{ name: "software", key: toBase64url(machine.publicKey) }],
      evidenceSeconds: 300,
    },
    limits: { ...defaultLimits, releases: 3 },
    capabilities: [],
    counters: [],
    keys: [],
    outputs: [output("common", ["anna", "carla"]), output("own", ["anna"])],
    cancel: [],
    diagnostics: [],
    recovery: { kind: "none" },
    notBefore: 1000,
    notAfter: 2000,
    ...change,
  });
}

const parties = ["anna", "ben", "carla", "dora"];

/** Who stands where: a sandbox's name is also where its keys come from. */
export interface Sandbox {
  readonly role: Role;
  readonly index: number;
  readonly name: string;
}

/** What a hostile sandbox states, or its operator says of it. */
export interface EvidenceChanges {
  readonly claims?: (claims: EvidenceClaims, sandbox: Sandbox) => EvidenceClaims;
  readonly quote?: (sandbox: Sandbox) => {
    readonly measurement?: Uint8Array;
    readonly key?: SigningKey;
    readonly debug?: boolean;
  };
}

/** @returns evidence that a sandbox would give, or that a hostile operator would make it give. */
export function evidenceOf(
  sandbox: Sandbox,
  policy: Policy,
  jobId: Digest,
  changes: EvidenceChanges = {},
): Promise<string> {
  const { role, index, name } = sandbox;
  const isBroker = role === "broker";
  const claims: EvidenceClaims = {
    role,
    index,
    nonce: isBroker ? jobId : bytesOf(`challenge of ${name}`),
    policyHash: policy.hash,
    programHash,
    jobId: isBroker ? undefined : jobId,
    signingKey: keyOf(name).publicKey,
    channelKey: ExchangeKey.fromSecret(bytesOf(`channel of ${name}`)).publicKey,
    issuedAt: now,
    lifetime: 300,
  };
  const { key = machine, measurement = runtimeHash, debug = false } = changes.quote?.(sandbox) ?? {};
  return makeEvidence(changes.claims?.(claims, sandbox) ?? claims, keyOf(name), {
    platform: "software",
    quote: (reportData) => Promise.resolve(softwareQuote({ key, measurement, reportData, now, debug })),
  });
}
