/**
 * What a broker signs when it lets a sandbox into a job. Its successor believes it, and so the manifests of sandboxes that
 * it never met stay good.
 */

import * as v from "valibot";

import { fromBase64url, toBase64url } from "../crypto/bytes.ts";
import type { Digest } from "../crypto/hash.ts";
import { type SigningKey, type VerifyingKey, verifyingKey } from "../crypto/signature.ts";
import { isSignedBy, type Signed, signDocument } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import { limitRanges } from "../policy/limits.ts";
import { bytesText, count, exactly, parseShape, signedSchema } from "./_schema.ts";

export type AdmissionDocument = {
  readonly policyHash: string;
  readonly jobId: string;
  readonly certId: string;
  readonly role: "mapper" | "reducer";
  /** A reducer's is its partition. */
  readonly index: number;
  /** The sandbox's signing key. */
  readonly key: string;
  /** The minute that the job's programs are told, in seconds since 1970; 0 where the policy tells none. */
  readonly minute: number;
  /** Digest of the keys that the job's programs may use. */
  readonly keys: string;
};

export type Admission = Signed<AdmissionDocument>;

const schema: v.GenericSchema<Admission, Admission> = signedSchema(
  exactly({
    policyHash: bytesText(32),
    jobId: bytesText(32),
    certId: bytesText(32),
    role: v.picklist(["mapper", "reducer"]),
    index: v.pipe(count, v.maxValue(Math.max(limitRanges.mappers.max, limitRanges.partitions.max))),
    key: bytesText(32),
    minute: count,
    keys: bytesText(32),
  }),
);

export function signAdmission(document: AdmissionDocument, key: SigningKey): Admission {
  return signDocument("admission", document, key);
}

/** @throws {SealfoldError} BROKER_STATE when `value` has another shape; its signature is not checked here. */
export function parseAdmission(value: unknown): Admission {
  return parseShape(schema, value, "BROKER_STATE", "admission");
}

/**
 * @param brokers - signing keys of the brokers whose word counts
 * @returns the admitted sandbox's signing key
 * @throws {SealfoldError} BROKER_STATE unless one of `brokers` let this sandbox into this job under this policy
 */
export function verifyAdmission(
  admission: Admission,
  job: { readonly policyHash: Digest; readonly jobId: Digest },
  brokers: readonly VerifyingKey[],
): VerifyingKey {
  const { policyHash, jobId, key } = admission.document;
  const place = { stage: admission.document.role };
  if (policyHash !== toBase64url(job.policyHash) || jobId !== toBase64url(job.jobId)) {
    throw new SealfoldError("BROKER_STATE", "an admission is to another job", place);
  }
  if (!brokers.some((broker) => isSignedBy("admission", admission, broker))) {
    throw new SealfoldError("BROKER_STATE", "an admission is not signed by a predecessor of this broker", place);
  }
  return keyOf(key);
}

function keyOf(key: string): VerifyingKey {
  try {
    return verifyingKey(fromBase64url(key, 32));
  } catch (cause) {
    throw new SealfoldError("BROKER_STATE", "an admission's key is not usable", {}, { cause });
  }
}
