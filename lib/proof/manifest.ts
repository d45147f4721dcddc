/** What sandboxes sign about their work (design §6.3 to 6.6). Names of 32 bytes are base64url. */

import type * as v from "valibot";

import { fromBase64url } from "../crypto/bytes.ts";
import { context, type ContextLabel } from "../crypto/context.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";
import type { SigningKey, VerifyingKey } from "../crypto/signature.ts";
import type { Json } from "../data/canonical.ts";
import { sealedCountersLength } from "../data/counters.ts";
import { documentHash, isSignedBy, type Signed, signDocument } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import { type Narrowing, narrowingSchema } from "../policy/narrow.ts";
import { limitRanges, listMaxima, numberRanges } from "../policy/limits.ts";
import { atMost, boundedBytesText, bytesText, count, exactly, nameText, parseShape, signedSchema } from "./_schema.ts";

/** What one attempt at one task read and wrote. */
export type MapManifest = {
  readonly jobId: string;
  readonly task: number;
  /** 16 bytes, drawn inside the sandbox. */
  readonly attempt: string;
  readonly certId: string;
  /**
   * The run of chunks that it read, named as in the plan, with the roots of the full subtrees that their leaves make up
   * in the owner's tree, in order: they fix every leaf, in a few lines of any number of them.
   */
  readonly inputs: {
    readonly owner: string;
    readonly input: string;
    readonly first: number;
    readonly count: number;
    readonly roots: readonly string[];
  };
  readonly outputs: readonly { readonly partition: number; readonly batches: number; readonly digest: string }[];
  /** Sealed to the broker. */
  readonly counts: string;
};

/** What one attempt at one partition made of a commit set. */
export type ReduceManifest = {
  readonly jobId: string;
  readonly partition: number;
  readonly attempt: string;
  readonly certId: string;
  readonly commitSet: string;
  /** Those that the narrowing leaves, in the policy's order. */
  readonly outputs: readonly { readonly name: string; readonly digest: string }[];
  readonly counts: string;
  /** What the program narrowed in this partition. */
  readonly narrowed: Narrowing;
  /** What was applied before the outputs were sealed: the join of what was narrowed in all partitions. */
  readonly applied: Narrowing;
};

/** What the broker released. */
export type FinalManifest = {
  readonly jobId: string;
  readonly queryId: string;
  readonly policyHash: string;
  readonly certId: string;
  readonly commitSet: string;
  /** Hashes of the reduce manifests, in partition order. */
  readonly reduce: readonly string[];
  readonly outputs: readonly {
    readonly name: string;
    /** Over the partitions' sealed outputs, in order. */
    readonly digest: string;
    readonly wraps: readonly { readonly receiver: string; readonly wrap: string }[];
    /** How many records were skipped, and the job's counters, sealed for whoever may open this output. */
    readonly counters: string;
  }[];
  /** The join of all that the program narrowed. */
  readonly narrowing: Narrowing;
  readonly budget: { readonly entries: readonly string[]; readonly head: string };
  /** Optional inputs that are not in this job. */
  readonly excluded: readonly string[];
  /** Signing keys of the brokers whose memory the releasing one went on with, oldest first; none where it was the first. */
  readonly lineage: readonly string[];
};

const maxPartitions = limitRanges.partitions.max;
const maxReleases = limitRanges.releases.max;
const maxRoots = 2 * Math.ceil(Math.log2(numberRanges.maxChunks.max) + 1);
const { outputs: maxOutputs, inputs: maxInputs, parties: maxReceivers, counters: maxCounters } = listMaxima;
const maxCounts = 8 * (maxPartitions + 2 + maxCounters) + 16;
const maxWrap = 256;

/** Brokers of one line that may have died: the one after them takes no state any more. */
export const maxLineage = 256;

export const mapManifestSchema: v.GenericSchema<Signed<MapManifest>, Signed<MapManifest>> = signedSchema(
  exactly({
    jobId: bytesText(32),
    task: count,
    attempt: bytesText(16),
    certId: bytesText(32),
    inputs: exactly({
      owner: nameText,
      input: nameText,
      first: count,
      count,
      roots: atMost(maxRoots, bytesText(32)),
    }),
    outputs: atMost(maxPartitions, exactly({ partition: count, batches: count, digest: bytesText(32) })),
    counts: boundedBytesText(maxCounts),
  }) as never,
);

export const reduceManifestSchema: v.GenericSchema<Signed<ReduceManifest>, Signed<ReduceManifest>> = signedSchema(
  exactly({
    jobId: bytesText(32),
    partition: count,
    attempt: bytesText(16),
    certId: bytesText(32),
    commitSet: bytesText(32),
    outputs: atMost(maxOutputs, exactly({ name: nameText, digest: bytesText(32) })),
    counts: boundedBytesText(maxCounts),
    narrowed: narrowingSchema,
    applied: narrowingSchema,
  }) as never,
);

export const finalManifestSchema: v.GenericSchema<Signed<FinalManifest>, Signed<FinalManifest>> = signedSchema(
  exactly({
    jobId: bytesText(32),
    queryId: bytesText(32),
    policyHash: bytesText(32),
    certId: bytesText(32),
    commitSet: bytesText(32),
    reduce: atMost(maxPartitions, bytesText(32)),
    outputs: atMost(
      maxOutputs,
      exactly({
        name: nameText,
        digest: bytesText(32),
        wraps: atMost(maxReceivers, exactly({ receiver: nameText, wrap: boundedBytesText(maxWrap) })),
        counters: boundedBytesText(sealedCountersLength(maxCounters)),
      }),
    ),
    narrowing: narrowingSchema,
    budget: exactly({ entries: atMost(maxReleases, bytesText(32)), head: bytesText(32) }),
    excluded: atMost(maxInputs, nameText),
    lineage: atMost(maxLineage, bytesText(32)),
  }) as never,
);

type ManifestLabel = Extract<ContextLabel, "map manifest" | "reduce manifest" | "final manifest">;

/** @throws {SealfoldError} MANIFEST_FORMAT; the signature is not checked here. */
export function parseMapManifest(value: unknown): Signed<MapManifest> {
  return parseShape(mapManifestSchema, value, "MANIFEST_FORMAT", "map manifest");
}

/** @throws {SealfoldError} MANIFEST_FORMAT; the signature is not checked here. */
export function parseReduceManifest(value: unknown): Signed<ReduceManifest> {
  return parseShape(reduceManifestSchema, value, "MANIFEST_FORMAT", "reduce manifest");
}

/** @throws {SealfoldError} MANIFEST_FORMAT; the signature is not checked here. */
export function parseFinalManifest(value: unknown): Signed<FinalManifest> {
  return parseShape(finalManifestSchema, value, "MANIFEST_FORMAT", "final manifest");
}

export function signManifest<T extends Json>(label: ManifestLabel, document: T, key: SigningKey): Signed<T> {
  return signDocument(label, document, key);
}

export function isManifestBy(label: ManifestLabel, signed: Signed<Json>, key: VerifyingKey): boolean {
  return isSignedBy(label, signed, key);
}

/** @returns the name of a manifest in what comes after it. */
export function manifestHash(label: ManifestLabel, { document }: Signed<Json>): Digest {
  return documentHash(label, document);
}

/**
 * One output over all partitions.
 * @param reduce - the partitions' manifests, in order
 * @returns the digest that the final manifest names
 * @throws {SealfoldError} MANIFEST_SLOT when a partition has no such output
 */
export function outputDigest(jobId: Digest, name: string, reduce: readonly Signed<ReduceManifest>[]): Digest {
  const digests = reduce.map(({ document }) => {
    const output = document.outputs.find((output) => output.name === name);
    if (output !== undefined) return fromBase64url(output.digest, 32);
    throw new SealfoldError("MANIFEST_SLOT", `partition ${document.partition} has no output "${name}"`, {
      stage: "reduce",
      task: document.partition,
    });
  });
  return sha256(context("output", jobId, name, ...digests));
}
