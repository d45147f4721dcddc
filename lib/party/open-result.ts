/** A receiver's last step: the receipt is verified before anything is opened, and what is opened is what it names. */

import { fromBase64url } from "../crypto/bytes.ts";
import { context } from "../crypto/context.ts";
import { digest, type Digest, hkdf } from "../crypto/hash.ts";
import { openOutput } from "../data/output.ts";
import { SealfoldError } from "../errors.ts";
import { outputsOf } from "../policy/questions.ts";
import type { FinalManifest } from "../proof/manifest.ts";
import { parseReceipt, type Receipt } from "../proof/receipt.ts";
import { type ReceiptSummary, verifyReceipt } from "../proof/verify-receipt.ts";
import type { ResultRequest } from "./result-request.ts";

/** What a coordinator hands out. */
export interface SealedOutputs {
  readonly receipt: unknown;
  /** Per output, its sealed partitions in order. */
  readonly outputs: ReadonlyMap<string, readonly Uint8Array[]>;
}

export interface OpenedResult {
  readonly summary: ReceiptSummary;
  readonly receipt: Receipt;
  /** Per output that this receiver may open, its result streams in partition order. */
  readonly outputs: ReadonlyMap<string, readonly Uint8Array[]>;
}

export interface OpenOptions {
  /** The newest epoch of each input that this receiver has seen. */
  readonly epochs?: Readonly<Record<string, number>>;
  /** The release ledger's head that this receiver saw last. */
  readonly budgetHead?: Uint8Array;
}

/**
 * @throws {SealfoldError} RECEIPT_*, MANIFEST_*, COMMITMENT, … as `verifyReceipt`; OUTPUT_ALTERED when a sealed output is
 *   not the one that was released to this receiver
 */
export function openResult(request: ResultRequest, sealed: SealedOutputs, options: OpenOptions = {}): OpenedResult {
  const names = outputsOf(request.policy, request.receiver).map(({ name }) => name);
  const receipt = parseReceipt(sealed.receipt); // a copy: what is verified is what is used
  const summary = verifyReceipt(receipt, request.policy, {
    ...options,
    nonce: request.nonce,
    receiver: request.receiver,
    outputs: Object.fromEntries(names.map((name) => [name, sealed.outputs.get(name) ?? []])),
  });
  const outputs = names.map(
    (name) => [name, openPartitions(request, receipt, name, sealed.outputs.get(name) ?? [])] as const,
  );
  return { summary, receipt, outputs: new Map(outputs) };
}

function openPartitions(
  request: ResultRequest,
  { reduce, final }: Receipt,
  name: string,
  partitions: readonly Uint8Array[],
): readonly Uint8Array[] {
  const jobId = digest(fromBase64url(final.document.jobId, 32));
  const resultKey = unwrapResultKey(request, final.document, jobId, name);
  return partitions.map((sealed, partition) => {
    const attempt = fromBase64url(reduce[partition]?.document.attempt ?? "", 16);
    const key = hkdf(resultKey, context("output", jobId, name, partition, attempt));
    return openOutput(key, { jobId, output: name, partition, attempt }, sealed);
  });
}

function unwrapResultKey(request: ResultRequest, final: FinalManifest, jobId: Digest, name: string): Uint8Array {
  const wraps = final.outputs.find((output) => output.name === name)?.wraps ?? [];
  const wrap = wraps.find(({ receiver }) => receiver === request.receiver);
  const key = wrap && request.unwrap(jobId, name, wrap.wrap);
  if (key === undefined) {
    throw new SealfoldError("OUTPUT_ALTERED", `output "${name}" is not wrapped for this request`, {
      party: request.receiver,
    });
  }
  return key;
}
