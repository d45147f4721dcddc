/** The sealed counts of a job's manifests against each other, what mappers sent is what reducers took, and the sums of its counters. */

import { fromBase64url } from "../../crypto/bytes.ts";
import { digest, type Digest } from "../../crypto/hash.ts";
import type { Counted } from "../../data/counters.ts";
import type { Signed } from "../../data/signed.ts";
import { SealfoldError } from "../../errors.ts";
import type { MapManifest, ReduceManifest } from "../../proof/manifest.ts";
import { openCounts } from "./counts.ts";

/** What the counts of a job are checked with. */
export interface CountedJob {
  readonly id: Digest;
  /** Records of the job that the program may fail on. */
  readonly badRecords: number;
  /** How many counters the policy names. */
  readonly counters: number;
  countsKeyOf(certId: Digest): Uint8Array;
}

/**
 * Pairs sent must be pairs received, partition by partition.
 * @returns the sums over exactly these manifests
 * @throws {SealfoldError} COUNTS when they are not, or do not open; DENIED_RELEASE when too many records were skipped;
 *   LIMIT_VALUE when a sum is not a safe integer
 */
export function checkCounts(
  job: CountedJob,
  map: readonly Signed<MapManifest>[],
  reduce: readonly Signed<ReduceManifest>[],
): Counted {
  const sent = new Array<number>(reduce.length).fill(0);
  const sums = new Array<bigint>(job.counters).fill(0n);
  const addUp = (counters: readonly number[]): void => {
    counters.forEach((count, i) => (sums[i] = (sums[i] ?? 0n) + BigInt(count)));
  };
  let skippedRecords = 0;
  for (const { document } of map) {
    const [, skipped = 0, ...rest] = countsOf(job, document, 2 + reduce.length + job.counters);
    skippedRecords += skipped;
    addUp(rest.slice(reduce.length));
    rest.slice(0, reduce.length).forEach((count, partition) => (sent[partition] = (sent[partition] ?? 0) + count));
  }
  if (skippedRecords > job.badRecords) {
    throw new SealfoldError("DENIED_RELEASE", `the program failed on more records than the policy's ${job.badRecords}`);
  }
  for (const { document } of reduce) {
    const [received, ...counters] = countsOf(job, document, 1 + job.counters);
    addUp(counters);
    if (received !== sent[document.partition]) throw new SealfoldError("COUNTS", undefined, { stage: "reducer" });
  }
  return { skipped: skippedRecords, counters: sums.map(expectSafe) };
}

function expectSafe(sum: bigint): number {
  const number = Number(sum);
  if (Number.isSafeInteger(number)) return number;
  throw new SealfoldError("LIMIT_VALUE", "a counter's sum is over 2^53 - 1", { stage: "release", field: "counters" });
}

function countsOf(job: CountedJob, document: MapManifest | ReduceManifest, length: number): readonly number[] {
  const certId: Digest = digest(fromBase64url(document.certId, 32));
  const place = { jobId: job.id, certId, attempt: fromBase64url(document.attempt, 16) };
  const counts = openCounts(job.countsKeyOf(certId), place, fromBase64url(document.counts));
  if (counts?.length !== length) throw new SealfoldError("COUNTS", "a manifest's sealed counts do not open");
  return counts;
}
