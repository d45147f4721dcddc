/** A receiver's last step: the receipt is verified before anything is opened, and what is opened is what it names. */

import { fromBase64url } from "../crypto/bytes.ts";
import { context } from "../crypto/context.ts";
import { digest, type Digest, hkdf } from "../crypto/hash.ts";
import { type Counted, openCounters } from "../data/counters.ts";
import { openOutput } from "../data/output.ts";
import { SealfoldError } from "../errors.ts";
import { narrowPolicy } from "../policy/narrow.ts";
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
  /** What the program counted, by the policy's names; none where no output was left to this receiver. */
  readonly counters: Readonly<Record<string, number>>;
  /** Records that the program failed on and that are not in the result; unknown where no output was left. */
  readonly skipped: number | undefined;
}

export interface OpenOptions {
  /** The newest epoch of each input that this receiver has seen. */
  readonly epochs?: Readonly<Record<string, number>>;
  /** The release ledger's head that this receiver saw last. */
  readonly budgetHead?: Uint8Array;
}

/**
 * Opens what the program left of this receiver's outputs; an output that was narrowed away is not among `outputs`, and
 * `summary.narrowing` says so.
 * @throws {SealfoldError} RECEIPT_*, MANIFEST_*, COMMITMENT, … as `verifyReceipt`; OUTPUT_ALTERED when a sealed output is
 *   not the one that was released to this receiver
 */
export function openResult(request: ResultRequest, sealed: SealedOutputs, options: OpenOptions = {}): OpenedResult {
  const receipt = parseReceipt(sealed.receipt); // a copy: what is verified is what is used
  const { document } = request.policy;
  const left = narrowPolicy(document, receipt.final.document.narrowing).outputs; // verified below
  const names = left.filter(({ receivers }) => receivers.includes(request.receiver)).map(({ name }) => name);
  const summary = verifyReceipt(receipt, request.policy, {
    ...options,
    nonce: request.nonce,
    receiver: request.receiver,
    outputs: Object.fromEntries(names.map((name) => [name, sealed.outputs.get(name) ?? []])),
  });
  const opened = names.map((name) => openReleased(request, receipt, name, sealed.outputs.get(name) ?? []));
  request.answered();
  return {
    summary,
    receipt,
    outputs: new Map(opened.map(({ partitions }, i) => [names[i] ?? "", partitions])),
    counters: namedCounters(document.counters, opened[0]?.counted.counters ?? []),
    skipped: opened[0]?.counted.skipped,
  };
}

interface ReleasedOutput {
  readonly partitions: readonly Uint8Array[];
  readonly counted: Counted;
}

function openReleased(
  request: ResultRequest,
  { reduce, final }: Receipt,
  name: string,
  partitions: readonly Uint8Array[],
): ReleasedOutput {
  const jobId = digest(fromBase64url(final.document.jobId, 32));
  const resultKey = unwrapResultKey(request, final.document, jobId, name);
  const counters = final.document.outputs.find((output) => output.name === name)?.counters ?? "";
  const count = request.policy.document.counters.length;
  return {
    partitions: partitions.map((sealed, partition) => {
      const attempt = fromBase64url(reduce[partition]?.document.attempt ?? "", 16);
      const key = hkdf(resultKey, context("output", jobId, name, partition, attempt));
      return openOutput(key, { jobId, output: name, partition, attempt }, sealed);
    }),
    counted: openCounters(resultKey, { jobId, output: name }, fromBase64url(counters), count),
  };
}

/** @returns nothing where no output was left to this receiver. */
function namedCounters(names: readonly string[], counts: readonly number[]): Readonly<Record<string, number>> {
  return Object.fromEntries(counts.map((count, i) => [names[i] ?? "", count]));
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
