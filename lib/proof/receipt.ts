/** The receipt: everything that a stranger needs to check a job offline, as one JSON document. */

import * as v from "valibot";

import { fromUtf8, utf8 } from "../crypto/bytes.ts";
import type { Signed } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import type { PolicyDocument } from "../policy/policy.ts";
import type { PolicySignature } from "../policy/sign.ts";
import { bytesText, nameText, parseShape } from "./_schema.ts";
import { type Commitment, commitmentSchema } from "./commitment.ts";
import {
  type FinalManifest,
  finalManifestSchema,
  type MapManifest,
  mapManifestSchema,
  type ReduceManifest,
  reduceManifestSchema,
} from "./manifest.ts";
import { type PlanDocument, planSchema } from "./plan.ts";
import { type Request, requestSchema } from "./request.ts";

/** A receipt in text is at most this long: 64 MiB. */
export const maxReceiptBytes: number = 64 * 1024 * 1024;

/** The evidence of every sandbox that signed something, each as a JWT. */
export type ReceiptEvidence = {
  readonly broker: string;
  readonly mappers: readonly string[];
  readonly reducers: readonly string[];
};

export type Receipt = {
  readonly sealfold: "receipt/1";
  readonly policyHash: string;
  /** Carried by the receipts of one-party local jobs, whose policy was drafted on the spot. */
  readonly policy?: PolicyDocument;
  readonly signatures: readonly PolicySignature[];
  readonly requests: readonly Request[];
  readonly commitments: readonly Commitment[];
  readonly plan: PlanDocument;
  readonly evidence: ReceiptEvidence;
  readonly map: readonly Signed<MapManifest>[];
  readonly reduce: readonly Signed<ReduceManifest>[];
  readonly final: Signed<FinalManifest>;
};

const schema: v.GenericSchema<Receipt, Receipt> = v.strictObject({
  sealfold: v.literal("receipt/1"),
  policyHash: bytesText(32),
  policy: v.optional(v.looseObject({})), // parsed by `parsePolicy` by whoever uses it
  signatures: v.array(v.strictObject({ party: nameText, signature: bytesText(64) })),
  requests: v.array(requestSchema),
  commitments: v.array(commitmentSchema),
  plan: planSchema,
  evidence: v.strictObject({ broker: v.string(), mappers: v.array(v.string()), reducers: v.array(v.string()) }),
  map: v.array(mapManifestSchema),
  reduce: v.array(reduceManifestSchema),
  final: finalManifestSchema,
}) as never;

/**
 * @param received - parsed JSON, or its bytes
 * @throws {SealfoldError} RECEIPT_FORMAT when it is too long, no JSON, or of another shape. Nothing is verified here.
 */
export function parseReceipt(received: unknown): Receipt {
  return parseShape(
    schema,
    received instanceof Uint8Array ? parseText(received) : received,
    "RECEIPT_FORMAT",
    "receipt",
  );
}

/** @returns the receipt as a file: JSON with a line end. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  return utf8(`${JSON.stringify(receipt)}\n`);
}

function parseText(bytes: Uint8Array): unknown {
  if (bytes.length > maxReceiptBytes) throw new SealfoldError("RECEIPT_FORMAT", "the receipt is longer than 64 MiB");
  try {
    return JSON.parse(fromUtf8(bytes)) as unknown;
  } catch {
    throw new SealfoldError("RECEIPT_FORMAT", "the receipt is not JSON"); // the cause would quote it
  }
}
