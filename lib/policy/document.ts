/**
 * What a policy says, field by field: version `policy/1` (design §4). These are types of JSON data; `parsePolicy` is
 * the only way from bytes to them, and `_schema.ts` and `_rules.ts` hold what they cannot say.
 *
 * Keys, signatures and digests are base64url without padding; times are Unix seconds; sizes are bytes unless the name
 * says another unit; a decimal would be a string.
 */

import type { Capability, KeyType } from "../data/capabilities.ts";
import type { RecordFormat } from "../data/format.ts";
import type { Limits } from "./limits.ts";

/** The version that this code reads. */
export const policyVersion = "policy/1";

/** Someone who signs the policy. No two parties share a name (letter case aside) or a key. */
export type PolicyParty = {
  readonly name: string;
  /** An Ed25519 public key. */
  readonly key: string;
};

/** Records of one owner. */
export type PolicyInput = {
  readonly name: string;
  readonly owner: string;
  readonly format: RecordFormat;
  /** Whether there is no job without it. */
  readonly required: boolean;
  /** The oldest epoch of the data that is accepted. */
  readonly minEpoch: number;
  readonly maxChunks: number;
  /** Of one chunk before it is sealed. */
  readonly maxChunkBytes: number;
};

/** What a program is written in: a canonical script, or a WebAssembly module. */
export type ProgramKind = "typescript" | "wasm";

/** Code that may see records. */
export type PolicyProgram = {
  readonly name: string;
  readonly provider: string;
  readonly kind: ProgramKind;
  /** SHA-256 of the program's bytes. */
  readonly measurement: string;
};

/**
 * What the program may keep between the tasks of one mapper: nothing, or whatever it likes. Kept state may carry what
 * one owner's records said to another's, and makes results depend on which sandbox got which task.
 */
export type StateScope = "perTask" | "perSandbox";

export type MapStage = {
  readonly kind: "map";
  readonly program: string;
  readonly inputs: readonly string[];
  readonly state: StateScope;
};
export type ReduceStage = { readonly kind: "reduce"; readonly program: string };

/** A kind of machine whose word is accepted, and the key that its word must be signed with. */
export type PolicyPlatform = { readonly name: string; readonly key: string };

/** Where sandboxes may run. */
export type PolicyRuntime = {
  /** SHA-256 of each runtime that is accepted. */
  readonly measurements: readonly string[];
  readonly platforms: readonly PolicyPlatform[];
  /** The greatest age of evidence when it is appraised. */
  readonly evidenceSeconds: number;
};

/** What leaves, to whom, and how many must stand behind each result of it. */
export type PolicyOutput = {
  readonly name: string;
  readonly receivers: readonly string[];
  /** A key is left out unless at least this many emitted values are behind it. */
  readonly minValues: number;
  /** A key is left out unless at least this many owners are behind it. */
  readonly minOwners: number;
  readonly noise: "none";
};

/** Where a key's bytes come from: made by the broker for each query, handed over by a party, or public as it stands. */
export type KeySource =
  | { readonly kind: "job" }
  | { readonly kind: "party"; readonly party: string }
  | { readonly kind: "public"; readonly key: string };

/** A key that the program may use by its name and never read. */
export type PolicyKey = { readonly name: string; readonly type: KeyType; readonly source: KeySource };

/**
 * What becomes of a broker's memory when the broker dies: nothing, or any `threshold` of `parties` together let a successor
 * open what it left sealed. The same number of them could read it, were they to collude with the host.
 */
export type PolicyRecovery =
  | { readonly kind: "none" }
  | { readonly kind: "shares"; readonly threshold: number; readonly parties: readonly string[] };

/** The whole policy. */
export type PolicyDocument = {
  readonly sealfold: typeof policyVersion;
  readonly purpose: string;
  readonly parties: readonly PolicyParty[];
  /** The party that lends the machine. */
  readonly host: string;
  readonly inputs: readonly PolicyInput[];
  readonly programs: readonly PolicyProgram[];
  readonly stages: readonly [MapStage, ReduceStage];
  readonly runtime: PolicyRuntime;
  readonly limits: Limits;
  readonly capabilities: readonly Capability[];
  /** What the program may count; the sums are released with the result. */
  readonly counters: readonly string[];
  readonly keys: readonly PolicyKey[];
  readonly outputs: readonly PolicyOutput[];
  /** Parties who may cancel a job. */
  readonly cancel: readonly string[];
  /** Parties who may read why a program failed, with its text, which may quote records. */
  readonly diagnostics: readonly string[];
  readonly recovery: PolicyRecovery;
  /** In force from this second on… */
  readonly notBefore: number;
  /** …and before this one. */
  readonly notAfter: number;
};
