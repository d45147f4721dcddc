/** The sealed counts of a job's manifests against each other: what mappers sent is what reducers took. */

import { fromBase64url } from "../../crypto/bytes.ts";
import { digest, type Digest } from "../../crypto/hash.ts";
import type { Signed } from "../../data/signed.ts";
import { SealfoldError } from "../../errors.ts";
import type { MapManifest, ReduceManifest } from "../../proof/manifest.ts";
import { openCounts } from "./counts.ts";

/** What the counts of a job are checked with. */
export interface CountedJob {
  readonly id: Digest;
  /** Records of the job that the program may fail on. */
  readonly badRecords: number;
  countsKeyOf(certId: Digest): Uint8Array;
}

/**
 * Pairs sent must be pairs received, partition by partition.
 * @throws {SealfoldError} COUNTS when they are not, or do not open; DENIED_RELEASE when too many records were skipped
 */
export function checkCounts(
  job: CountedJob,
  map: readonly Signed<MapManifest>[],
  reduce: readonly Signed<ReduceManifest>[],
): void {
  const sent = new Array<number>(reduce.length).fill(0);
  let skippedRecords = 0;
  for (const { document } of map) {
    const [, skipped = 0, ...pairs] = countsOf(job, document, 2 + reduce.length);
    skippedRecords += skipped;
    pairs.forEach((count, partition) => (sent[partition] = (sent[partition] ?? 0) + count));
  }
  if (skippedRecords > job.badRecords) {
    throw new SealfoldError("DENIED_RELEASE", `the program failed on more records than the policy's ${job.badRecords}`);
  }
  for (const { document } of reduce) {
    const [received] = countsOf(job, document, 1);
    if (received !== sent[document.partition]) throw new SealfoldError("COUNTS", undefined, { stage: "reducer" });
  }
}

function countsOf(job: CountedJob, document: MapManifest | ReduceManifest, length: number): readonly number[] {
  const certId: Digest = digest(fromBase64url(document.certId, 32));
  const place = { jobId: job.id, certId, attempt: fromBase64url(document.attempt, 16) };
  const counts = openCounts(job.countsKeyOf(certId), place, fromBase64url(document.counts));
  if (counts?.length !== length) throw new SealfoldError("COUNTS", "a manifest's sealed counts do not open");
  return counts;
}
