/**
 * The commit set: exactly one map manifest per task, in plan order (design §6.4), and the reduce manifests over it.
 * Reducers, the broker and whoever checks a receipt ask the same questions here.
 */

import { equalBytes, fromBase64url, toBase64url } from "../crypto/bytes.ts";
import { context } from "../crypto/context.ts";
import { digest, type Digest, sha256 } from "../crypto/hash.ts";
import type { VerifyingKey } from "../crypto/signature.ts";
import type { LeafRun } from "../data/merkle.ts";
import type { Signed } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import { type Commitment, expectRuns } from "./commitment.ts";
import { isManifestBy, manifestHash, type MapManifest, type ReduceManifest } from "./manifest.ts";
import type { PlanDocument, PlanTask } from "./plan.ts";

/** @returns the key of an attested sandbox of this job in the right role, or `undefined`. */
export type SignerOf = (certId: Digest) => VerifyingKey | undefined;

/** What all manifests of a job must agree with. */
export interface JobNames {
  readonly jobId: Digest;
  readonly plan: PlanDocument;
}

/** The hash that every reduce manifest and the final one carry. */
export function commitSetHash(jobId: Digest, manifests: readonly Signed<MapManifest>[]): Digest {
  return sha256(context("commit set", jobId, ...manifests.map((manifest) => manifestHash("map manifest", manifest))));
}

/**
 * One signed manifest per task, each in its place, over the chunks of its task, with one cell per partition and all
 * cells of one size, as the plan's padding says.
 * @throws {SealfoldError} MANIFEST_SLOT, MANIFEST_JOB, MANIFEST_SIGNATURE, MANIFEST_INPUTS, MANIFEST_FORMAT
 */
export function checkMapManifests(
  { jobId, plan }: JobNames,
  manifests: readonly Signed<MapManifest>[],
  signerOf: SignerOf,
): void {
  if (manifests.length !== plan.tasks.length) {
    throw new SealfoldError("MANIFEST_SLOT", `${manifests.length} map manifests for ${plan.tasks.length} tasks`);
  }
  manifests.forEach((manifest, index) => checkMapManifest({ jobId, plan }, index, { manifest, signerOf }));
}

/**
 * One task's manifest, as {@link checkMapManifests} checks each.
 * @throws {SealfoldError} MANIFEST_SLOT, MANIFEST_JOB, MANIFEST_SIGNATURE, MANIFEST_INPUTS, MANIFEST_FORMAT
 */
export function checkMapManifest(
  { jobId, plan }: JobNames,
  index: number,
  { manifest, signerOf }: { readonly manifest: Signed<MapManifest>; readonly signerOf: SignerOf },
): void {
  const { document } = manifest;
  const place = { stage: "map", task: index };
  expectJob(document.jobId, jobId, place);
  if (document.task !== index) throw new SealfoldError("MANIFEST_SLOT", undefined, place);
  expectSigned("map manifest", manifest, signerOf, place);
  if (!readsTask(document, plan.tasks[index])) throw new SealfoldError("MANIFEST_INPUTS", undefined, place);
  const all =
    document.outputs.length === plan.partitions && document.outputs.every(({ partition }, r) => partition === r);
  if (!all) throw new SealfoldError("MANIFEST_SLOT", "a map manifest does not name every partition's cell", place);
  const batches = document.outputs[0]?.batches ?? 0;
  if (batches === 0 || document.outputs.some((cell) => cell.batches !== batches)) {
    throw new SealfoldError("MANIFEST_FORMAT", "the cells of an attempt are not of one size", place);
  }
}

/**
 * The runs of chunks that the manifests' mappers read, by input.
 * @returns what rebuilds each owner's root
 */
export function runsOf(manifests: readonly Signed<MapManifest>[]): ReadonlyMap<string, readonly LeafRun[]> {
  const runs = new Map<string, LeafRun[]>();
  for (const { input, first, count, roots } of manifests.map(({ document }) => document.inputs)) {
    const run = { first, count, roots: roots.map((root) => digest(fromBase64url(root, 32))) };
    const list = runs.get(input);
    if (list === undefined) runs.set(input, [run]);
    else list.push(run);
  }
  return runs;
}

/** @throws {SealfoldError} COMMITMENT unless the mappers read the whole of what was committed to, each chunk once */
export function expectAllRead(commitments: readonly Commitment[], manifests: readonly Signed<MapManifest>[]): void {
  const runs = runsOf(manifests);
  for (const commitment of commitments) expectRuns(commitment, runs.get(commitment.document.input) ?? []);
}

/**
 * One signed manifest per partition, each in its place, all over one commit set.
 * @throws {SealfoldError} MANIFEST_SLOT, MANIFEST_JOB, MANIFEST_SIGNATURE, COMMIT_SET
 */
export function checkReduceManifests(
  { jobId, plan }: JobNames,
  commitSet: Digest,
  manifests: readonly Signed<ReduceManifest>[],
  signerOf: (certId: Digest, partition: number) => VerifyingKey | undefined,
): void {
  if (manifests.length !== plan.partitions) {
    throw new SealfoldError("MANIFEST_SLOT", `${manifests.length} reduce manifests for ${plan.partitions} partitions`);
  }
  manifests.forEach((manifest, index) => {
    checkReduceManifest({ jobId, commitSet }, index, { manifest, signerOf: (certId) => signerOf(certId, index) });
  });
}

/**
 * One partition's manifest, as {@link checkReduceManifests} checks each.
 * @throws {SealfoldError} MANIFEST_SLOT, MANIFEST_JOB, MANIFEST_SIGNATURE, COMMIT_SET
 */
export function checkReduceManifest(
  { jobId, commitSet }: { readonly jobId: Digest; readonly commitSet: Digest },
  index: number,
  { manifest, signerOf }: { readonly manifest: Signed<ReduceManifest>; readonly signerOf: SignerOf },
): void {
  const { document } = manifest;
  const place = { stage: "reduce", task: index };
  expectJob(document.jobId, jobId, place);
  if (document.partition !== index) throw new SealfoldError("MANIFEST_SLOT", undefined, place);
  expectSigned("reduce manifest", manifest, signerOf, place);
  if (document.commitSet !== toBase64url(commitSet)) throw new SealfoldError("COMMIT_SET", undefined, place);
}

function readsTask({ inputs }: MapManifest, task: PlanTask | undefined): boolean {
  return (
    inputs.owner === task?.owner &&
    inputs.input === task.input &&
    inputs.first === task.first &&
    inputs.count === task.count
  );
}

function expectJob(named: string, jobId: Digest, place: { stage: string; task: number }): void {
  if (!equalBytes(fromBase64url(named, 32), jobId)) throw new SealfoldError("MANIFEST_JOB", undefined, place);
}

function expectSigned(
  label: "map manifest" | "reduce manifest",
  manifest: Signed<MapManifest> | Signed<ReduceManifest>,
  signerOf: SignerOf,
  place: { stage: string; task: number },
): void {
  const signer = signerOf(digest(fromBase64url(manifest.document.certId, 32)));
  if (signer === undefined || !isManifestBy(label, manifest, signer)) {
    throw new SealfoldError("MANIFEST_SIGNATURE", undefined, place);
  }
}
