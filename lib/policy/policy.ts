/**
 * The policy: the one canonical JSON document that all parties agreed on and signed (design §4). A `Policy` exists only
 * where bytes passed every check; it never changes.
 */

import { type Digest, sha256 } from "../crypto/hash.ts";
import { canonicalBytes, parseCanonical } from "../data/canonical.ts";
import { checkPolicyRules } from "./_rules.ts";
import { checkPolicySchema } from "./_schema.ts";
import type { PolicyDocument } from "./document.ts";
import { policyBytes } from "./limits.ts";

export type * from "./document.ts";

declare const parsed: unique symbol;

/** A checked policy. Only {@link parsePolicy} makes one. */
export interface Policy {
  /** Deeply frozen. */
  readonly document: PolicyDocument;
  /** What the parties sign: the document's canonical JSON. Not to be written to. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`: `policyHash` everywhere. */
  readonly hash: Digest;
  readonly [parsed]: true;
}

/**
 * @param bytes - canonical JSON in UTF-8, at most 1 MiB; copied
 * @throws {SealfoldError} POLICY_FORMAT when the bytes are not canonical JSON within their bounds; POLICY_FIELD when a
 *   field is unknown, missing or of the wrong kind; POLICY_VALUE when one is out of range or contradicts another. The
 *   last two name the field in `place.field`.
 */
export function parsePolicy(bytes: Uint8Array): Policy {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`"bytes" expected a Uint8Array, got ${typeof bytes}`);
  // checked and hashed must be the same bytes, even if the caller writes to its own; one too many is enough to refuse
  const copy = new Uint8Array(bytes.subarray(0, policyBytes + 1));
  const value = parseCanonical(copy, { code: "POLICY_FORMAT", maxBytes: policyBytes, what: "policy" });
  const document = deepFreeze(checkPolicySchema(value));
  checkPolicyRules(document);
  return Object.freeze({ document, bytes: copy, hash: sha256(copy) }) as Policy;
}

/**
 * Puts a document into canonical form and checks it as if it had come from a stranger.
 * @throws {TypeError} when `document` holds something that is not JSON data
 * @throws {SealfoldError} as {@link parsePolicy}
 */
export function makePolicy(document: PolicyDocument): Policy {
  return parsePolicy(canonicalBytes(document));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
