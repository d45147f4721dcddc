/** Tries what a colluding receiver would try: its released key on results that were sealed, and not released. */

import type { SealedResult } from "../../lib/coordinator/running-job.ts";
import { fromBase64url } from "../../lib/crypto/bytes.ts";
import { context } from "../../lib/crypto/context.ts";
import { digest, hkdf } from "../../lib/crypto/hash.ts";
import { openOutput } from "../../lib/data/output.ts";
import type { ResultRequest } from "../../lib/party/result-request.ts";
import type { ReduceManifest } from "../../lib/proof/manifest.ts";

/** Whether the key that was released to this request opens what `manifest` says was sealed. */
export function opensWith(
  request: ResultRequest,
  { receipt }: SealedResult,
  manifest: ReduceManifest,
  sealed: Uint8Array | undefined,
): boolean {
  const jobId = digest(fromBase64url(receipt.final.document.jobId, 32));
  const wrap = receipt.final.document.outputs[0]?.wraps[0]?.wrap ?? "";
  const released = request.unwrap(jobId, "counts", wrap);
  if (released === undefined) throw new Error("nothing was released to this request");
  const { partition } = manifest;
  const attempted = fromBase64url(manifest.attempt, 16);
  const key = hkdf(released, context("output", jobId, "counts", partition, attempted));
  try {
    openOutput(key, { jobId, output: "counts", partition, attempt: attempted }, sealed ?? new Uint8Array());
    return true;
  } catch {
    return false;
  }
}
