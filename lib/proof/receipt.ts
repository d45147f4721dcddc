/** The receipt: everything that a stranger needs to check a job offline, as one JSON document. */

import { isUint8Array } from "node:util/types"; // unlike instanceof, it runs no code of a hostile object

import * as v from "valibot";

import { utf8 } from "../crypto/bytes.ts";
import { canonicalBytes, canonicalJson, type Json, parseCanonical } from "../data/canonical.ts";
import type { Signed } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import type { ShownToken } from "../identity/shown-token.ts";
import type { PolicyDocument } from "../policy/policy.ts";
import type { PolicySignature } from "../policy/sign.ts";
import { isPacked, pack, unpack } from "./_packed.ts";
import { bytesText, exactly, nameText, parseShape } from "./_schema.ts";
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
import { type Transfer, transferSchema } from "./transfer.ts";

/** The form of receipts: what else calls itself a receipt is another version's. */
export const receiptVersion = "receipt/2";

/** A receipt in text is at most this long: 64 MiB. */
export const maxReceiptBytes: number = 64 * 1024 * 1024;

/** The evidence of every sandbox that signed something, each a JWT, shown with its claims as they are. */
export type ReceiptEvidence = {
  readonly broker: ShownToken;
  readonly mappers: readonly ShownToken[];
  readonly reducers: readonly ShownToken[];
};

export type Receipt = {
  readonly sealfold: typeof receiptVersion;
  readonly policyHash: string;
  /** Carried by the receipts of one-party local jobs, whose policy was drafted on the spot. It proves nothing. */
  readonly policy?: PolicyDocument;
  /** A set, as are the commitments: each names whom it is from, and their order says nothing. */
  readonly signatures: readonly PolicySignature[];
  /** In the order in which each output was wrapped to those who asked for it. */
  readonly requests: readonly Request[];
  /** Those requests that were moved to a broker's successor, each by its receiver; a set. */
  readonly transfers: readonly Transfer[];
  readonly commitments: readonly Commitment[];
  readonly plan: PlanDocument;
  readonly evidence: ReceiptEvidence;
  readonly map: readonly Signed<MapManifest>[];
  readonly reduce: readonly Signed<ReduceManifest>[];
  readonly final: Signed<FinalManifest>;
};

const shownToken = exactly({ claims: v.looseObject({}), signature: bytesText(64) }); // whose claims are checked as evidence

const schema: v.GenericSchema<Receipt, Receipt> = exactly({
  sealfold: v.literal(receiptVersion),
  policyHash: bytesText(32),
  policy: v.optional(v.looseObject({})), // held to the policy that the checker has
  signatures: v.array(exactly({ party: nameText, signature: bytesText(64) })),
  requests: v.array(requestSchema),
  transfers: v.array(transferSchema),
  commitments: v.array(commitmentSchema),
  plan: planSchema,
  evidence: exactly({ broker: shownToken, mappers: v.array(shownToken), reducers: v.array(shownToken) }),
  map: v.array(mapManifestSchema),
  reduce: v.array(reduceManifestSchema),
  final: finalManifestSchema,
}) as never;

/**
 * @param received - parsed JSON, or a file's bytes: packed as {@link encodeReceipt} packs them, or the text itself
 * @returns a copy: what was checked cannot change any more
 * @throws {SealfoldError} RECEIPT_FORMAT when it is too long, not plain JSON data, not canonical, or of another shape.
 *   Nothing is verified here.
 */
export function parseReceipt(received: unknown): Receipt {
  const bytes = isUint8Array(received) ? withoutLineEnd(textOf(received)) : bytesOf(received);
  const value = parseCanonical(bytes, { code: "RECEIPT_FORMAT", maxBytes: maxReceiptBytes, what: "receipt" });
  expectVersion(value);
  return parseShape(schema, value, "RECEIPT_FORMAT", "receipt");
}

/**
 * @param form - `packed` with gzip, or the `text` itself, which takes more than twice the room
 * @returns the receipt as a file: canonical JSON with a line end
 */
export function encodeReceipt(receipt: Receipt, form: "packed" | "text" = "packed"): Uint8Array {
  const text = utf8(`${canonicalJson(receipt)}\n`);
  return form === "text" ? text : pack(text);
}

function textOf(file: Uint8Array): Uint8Array {
  return isPacked(file) ? unpack(file, maxReceiptBytes + 1) : file;
}

/** @throws {SealfoldError} RECEIPT_FORMAT, with the way on, when it is of an earlier or a later version's form */
function expectVersion(value: Json): void {
  const form = Object(value) === value ? (value as { readonly sealfold?: Json }).sealfold : undefined;
  if (typeof form !== "string" || form === receiptVersion || !/^receipt\/\d{1,6}$/.test(form)) return;
  const detail = `the receipt is of the form ${form}, and this version reads ${receiptVersion}: check it with the version that made it`;
  throw new SealfoldError("RECEIPT_FORMAT", detail, { field: "sealfold" });
}

function withoutLineEnd(file: Uint8Array): Uint8Array {
  return file.at(-1) === 0x0a ? file.subarray(0, -1) : file;
}

function bytesOf(received: unknown): Uint8Array {
  try {
    return canonicalBytes(received as Json); // which holds it to what it is called here
  } catch {
    throw new SealfoldError("RECEIPT_FORMAT", "the receipt is not plain JSON data");
  }
}
