/** The policy that a person has who says nothing: one party, in all roles, on this machine (design §9). */

import { toBase64url } from "../crypto/bytes.ts";
import type { VerifyingKey } from "../crypto/signature.ts";
import type { Capability } from "../data/capabilities.ts";
import type { RecordFormat } from "../data/format.ts";
import { defaultLimits, draftSeconds, type Limits, numberRanges } from "./limits.ts";
import { type PolicyDocument, type PolicyKey, policyVersion, type ProgramKind, type StateScope } from "./document.ts";

/** What a draft cannot guess, and what it guesses unless told. */
export interface DraftOptions {
  /** What the job is for, in words. */
  readonly purpose?: string;
  /** The one party's name; `you` unless told. */
  readonly party?: string;
  readonly key: VerifyingKey;
  /** SHA-256 of the program's bytes. */
  readonly programMeasurement: Uint8Array;
  /** What the program is written in; `typescript` unless told. */
  readonly programKind?: ProgramKind;
  /** What the program may be given beyond its records: nothing unless told. */
  readonly capabilities?: readonly Capability[];
  /** Names of what the program may count, with the capability `counters`. */
  readonly counters?: readonly string[];
  /** Keys that the program may use, with the capability `crypto`. */
  readonly keys?: readonly PolicyKey[];
  /** What the program may keep between tasks; `perTask` unless told. */
  readonly state?: StateScope;
  /** SHA-256 of the runtime's bytes. */
  readonly runtimeMeasurement: Uint8Array;
  /** The attestation platform; `software` unless told. */
  readonly platform?: string;
  /** The key that signs the platform's word. */
  readonly platformKey: VerifyingKey;
  readonly format: RecordFormat;
  /** Unix time in seconds. */
  readonly now: number;
  readonly limits?: Partial<Limits>;
  readonly maxChunks?: number;
  /** Of one chunk before sealing. */
  readonly maxChunkBytes?: number;
}

/** What a draft calls its one input, program and output. */
export const draftNames: { readonly input: string; readonly program: string; readonly output: string } = {
  input: "records",
  program: "program",
  output: "result",
};

/** A draft is in force a minute before `now`, lest a clock that is set back put it out of force. */
const clockSlackSeconds = 60;

/** @returns a policy for one party, in force for 30 days. Every output goes to that party, with no threshold. */
export function draftPolicy(options: DraftOptions): PolicyDocument {
  const { party = "you", purpose = "A job of one party, on its own machine", platform = "software" } = options;
  const { maxChunks = numberRanges.maxChunks.default, maxChunkBytes = numberRanges.maxChunkBytes.default } = options;
  const { programKind = "typescript", capabilities = [], counters = [], keys = [], state = "perTask" } = options;
  const { input, program, output } = draftNames;
  const now = Math.floor(options.now);
  return {
    sealfold: policyVersion,
    purpose,
    parties: [{ name: party, key: toBase64url(options.key) }],
    host: party,
    inputs: [
      {
        name: input,
        owner: party,
        format: options.format,
        required: true,
        minEpoch: numberRanges.minEpoch.default,
        maxChunks,
        maxChunkBytes,
      },
    ],
    programs: [
      { name: program, provider: party, kind: programKind, measurement: toBase64url(options.programMeasurement) },
    ],
    stages: [
      { kind: "map", program, inputs: [input], state },
      { kind: "reduce", program },
    ],
    runtime: {
      measurements: [toBase64url(options.runtimeMeasurement)],
      platforms: [{ name: platform, key: toBase64url(options.platformKey) }],
      evidenceSeconds: numberRanges.evidenceSeconds.default,
    },
    limits: { ...defaultLimits, ...options.limits },
    capabilities,
    counters,
    keys,
    outputs: [
      {
        name: output,
        receivers: [party],
        minValues: numberRanges.minValues.default,
        minOwners: numberRanges.minOwners.default,
        noise: "none",
      },
    ],
    cancel: [party],
    diagnostics: [party],
    recovery: { kind: "shares", threshold: numberRanges.threshold.default, parties: [party] },
    notBefore: Math.max(0, now - clockSlackSeconds),
    notAfter: now + draftSeconds,
  };
}
