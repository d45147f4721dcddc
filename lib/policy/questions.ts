/**
 * What other rooms ask of a policy, each question once. Functions named `expect…` throw; the others answer. Plain
 * values (limits, formats, ages) are read from `policy.document` directly.
 */

import { equalBytes, fromBase64url } from "../crypto/bytes.ts";
import { type VerifyingKey, verifyingKey } from "../crypto/signature.ts";
import { SealfoldError } from "../errors.ts";
import type { Capability } from "../data/capabilities.ts";
import type { Policy, PolicyInput, PolicyKey, PolicyOutput, PolicyProgram } from "./policy.ts";

/**
 * @returns the key of the party called `name`
 * @throws {SealfoldError} DENIED_PARTY when the policy has no such party
 */
export function partyKey(policy: Policy, name: string): VerifyingKey {
  const party = policy.document.parties.find((party) => party.name === name);
  if (party === undefined) {
    throw new SealfoldError("DENIED_PARTY", `the policy has no party called ${JSON.stringify(name.slice(0, 64))}`);
  }
  return keyIn(policy, party.key);
}

/** Of each policy, the keys in it that were checked, by their text: however often one is asked for, a point is decoded once. */
const checkedKeys = new WeakMap<Policy, Map<string, VerifyingKey>>();

function keyIn(policy: Policy, text: string): VerifyingKey {
  const checked = checkedKeys.get(policy) ?? new Map<string, VerifyingKey>();
  checkedKeys.set(policy, checked);
  const key = checked.get(text) ?? verifyingKey(fromBase64url(text, 32));
  checked.set(text, key);
  return key;
}

/** @returns the input called `name`, or `undefined`. */
export function inputNamed(policy: Policy, name: string): PolicyInput | undefined {
  return policy.document.inputs.find((input) => input.name === name);
}

/** @returns the inputs that `owner` provides, in the policy's order; none when it owns nothing. */
export function inputsOf(policy: Policy, owner: string): readonly PolicyInput[] {
  return policy.document.inputs.filter((input) => input.owner === owner);
}

/**
 * Whether an owner's commitment is within the policy.
 * @param chunks - how many the commitment counts
 * @throws {SealfoldError} DENIED_PARTY unless `owner` owns `input`; EPOCH_STALE when the data is older than the policy
 *   accepts; LIMIT_INPUT when there are too many chunks
 */
export function expectCommitment(
  policy: Policy,
  commitment: { readonly owner: string; readonly input: string; readonly epoch: number; readonly chunks: number },
): void {
  const { owner, epoch, chunks } = commitment;
  const input = expectInputOf(policy, owner, commitment.input);
  const place = { party: owner, field: `input ${input.name}` };
  if (epoch < input.minEpoch) {
    throw new SealfoldError("EPOCH_STALE", `${input.name}: epoch ${epoch} is older than ${input.minEpoch}`, place);
  }
  if (chunks > input.maxChunks) {
    throw new SealfoldError("LIMIT_INPUT", `${input.name}: ${chunks} chunks where ${input.maxChunks} may be`, place);
  }
}

/**
 * @param bytes - length of one chunk before sealing
 * @throws {SealfoldError} LIMIT_INPUT
 */
export function expectChunkBytes(input: PolicyInput, bytes: number): void {
  if (bytes <= input.maxChunkBytes) return;
  const detail = `${input.name}: a chunk of ${bytes} bytes where ${input.maxChunkBytes} may be`;
  throw new SealfoldError("LIMIT_INPUT", detail, { party: input.owner, field: `input ${input.name}` });
}

/** @returns everybody who provides an input, once each, in the policy's order. */
export function ownersOf(policy: Policy): readonly string[] {
  return [...new Set(policy.document.inputs.map((input) => input.owner))];
}

/** @returns the outputs that `receiver` may open, in the policy's order; none when it receives nothing. */
export function outputsOf(policy: Policy, receiver: string): readonly PolicyOutput[] {
  return policy.document.outputs.filter((output) => output.receivers.includes(receiver));
}

/** Whether a result of `output` may leave that `values` emitted values of `owners` owners are behind. */
export function meetsThreshold(output: PolicyOutput, values: number, owners: number): boolean {
  return values >= output.minValues && owners >= output.minOwners;
}

/** @returns the program that `stage` runs. */
export function programOf(policy: Policy, stage: "map" | "reduce"): PolicyProgram {
  const { stages, programs } = policy.document;
  const name = stages.find(({ kind }) => kind === stage)?.program;
  const program = programs.find((program) => program.name === name);
  if (program === undefined) throw new SealfoldError("BUG", "a parsed policy has a stage without a program");
  return program;
}

/** @returns the base64url SHA-256 of the program that `stage` runs. */
export function programMeasurement(policy: Policy, stage: "map" | "reduce"): string {
  return programOf(policy, stage).measurement;
}

/** @returns whether the policy names `measurement`, 32 bytes, among the runtimes in which sandboxes may run. */
export function acceptsMeasurement(policy: Policy, measurement: Uint8Array): boolean {
  return policy.document.runtime.measurements.some((known) => equalBytes(fromBase64url(known, 32), measurement));
}

/** @returns the key that must have signed the word of `platform`, or `undefined` when the policy does not accept it. */
export function anchorOf(policy: Policy, platform: string): VerifyingKey | undefined {
  const accepted = policy.document.runtime.platforms.find(({ name }) => name === platform);
  return accepted && keyIn(policy, accepted.key);
}

/** @throws {SealfoldError} DENIED_CAP unless `alive` sandboxes of `role` may be there at once; there is one broker. */
export function expectSandboxes(policy: Policy, role: "broker" | "mapper" | "reducer", alive: number): void {
  const { mappers, reducers } = policy.document.limits;
  const most = { broker: 1, mapper: mappers, reducer: reducers }[role];
  if (alive <= most) return;
  throw new SealfoldError("DENIED_CAP", `the policy allows ${most} of role ${role} at once, not ${alive}`);
}

/** @throws {SealfoldError} DENIED_CAP unless a job may have `partitions` partitions, which is at least one. */
export function expectPartitions(policy: Policy, partitions: number): void {
  const most = policy.document.limits.partitions;
  if (Number.isSafeInteger(partitions) && partitions >= 1 && partitions <= most) return;
  throw new SealfoldError("DENIED_CAP", `the policy allows 1 to ${most} partitions, not ${partitions}`);
}

/** @returns the caps that a program's realm applies, in bytes and records. */
export function programLimits(policy: Policy): {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly outputBytes: number;
  readonly badRecords: number;
} {
  const { keyBytes, valueBytes, outputMiB, badRecords } = policy.document.limits;
  return { keyBytes, valueBytes, outputBytes: outputMiB * 1024 * 1024, badRecords };
}

/** Whether the policy gives the program `capability`. */
export function grants(policy: Policy, capability: Capability): boolean {
  return policy.document.capabilities.includes(capability);
}

/** Whether the program may draw randomness, which is from a seed: by itself, or for what cryptography makes. */
export function isSeeded(policy: Policy): boolean {
  return grants(policy, "random") || grants(policy, "crypto");
}

/** @returns the key called `name` that `party` is to hand over, or `undefined`. */
export function keyOfParty(policy: Policy, party: string, name: string): PolicyKey | undefined {
  return policy.document.keys.find(
    (key) => key.name === name && key.source.kind === "party" && key.source.party === party,
  );
}

/** Whether `party` may cancel a job. */
export function mayCancel(policy: Policy, party: string): boolean {
  return policy.document.cancel.includes(party);
}

/** @returns which of the recovery's parties `party` is, counted from 0, or `undefined` where it keeps no share. */
export function shareHolder({ document }: Policy, party: string): number | undefined {
  const holder = document.recovery.kind === "shares" ? document.recovery.parties.indexOf(party) : -1;
  return holder < 0 ? undefined : holder;
}

/** Whether `party` keeps a share of the broker's memory. */
export function keepsShare(policy: Policy, party: string): boolean {
  return shareHolder(policy, party) !== undefined;
}

/** Whether `party` may read why a program failed. */
export function readsDiagnostics(policy: Policy, party: string): boolean {
  return policy.document.diagnostics.includes(party);
}

/** Whether the policy is in force at `seconds` of Unix time: from `notBefore` on and before `notAfter`. */
export function isInForce(policy: Policy, seconds: number): boolean {
  return policy.document.notBefore <= seconds && seconds < policy.document.notAfter;
}

/**
 * @param nowSeconds - Unix time
 * @throws {SealfoldError} POLICY_TIME saying from when or until when the policy is in force
 */
export function expectInForce(policy: Policy, nowSeconds: number): void {
  if (isInForce(policy, nowSeconds)) return;
  const { notBefore, notAfter } = policy.document;
  const early = nowSeconds < notBefore;
  const bound = new Date((early ? notBefore : notAfter) * 1000).toISOString();
  throw new SealfoldError("POLICY_TIME", `the policy is ${early ? "not in force before" : "over since"} ${bound}`, {
    field: early ? "notBefore" : "notAfter",
  });
}

/**
 * @returns the input called `name`
 * @throws {SealfoldError} DENIED_PARTY unless it is there and `owner`'s
 */
function expectInputOf(policy: Policy, owner: string, name: string): PolicyInput {
  const input = inputNamed(policy, name);
  if (input?.owner === owner) return input;
  throw new SealfoldError("DENIED_PARTY", "a party does not own the input that it speaks of");
}
