/**
 * One labelled, length-prefixed encoding for every signature, KDF, AEAD and Noise prologue, so that nothing made for
 * one purpose verifies for another. The encoding is injective: a 32-bit length stands before each field.
 */

import { utf8 } from "./bytes.ts";

/** What something was made for. */
export type ContextLabel =
  | "policy"
  | "query"
  | "job"
  | "plan"
  | "request"
  | "transfer"
  | "commitment"
  | "chunk"
  | "chunk key"
  | "chunk commit"
  | "chunk blind"
  | "leaf"
  | "channel"
  | "party key"
  | "report"
  | "partition"
  | "partition key"
  | "cell"
  | "batch"
  | "result key"
  | "released key"
  | "output"
  | "wrap"
  | "counts"
  | "counters"
  | "program key"
  | "program seed"
  | "diagnostics"
  | "map manifest"
  | "reduce manifest"
  | "final manifest"
  | "commit set"
  | "budget"
  | "certificate"
  | "admission"
  | "given keys"
  | "broker state"
  | "shares"
  | "single share";

/**
 * @param fields - bytes, text (as UTF-8), or non-negative safe integers (as eight bytes, big-endian)
 * @throws {RangeError} when a number is none of these, or a text has a lone surrogate, which UTF-8 cannot tell apart
 */
export function context(label: ContextLabel, ...fields: readonly (Uint8Array | string | number)[]): Uint8Array {
  const parts = [utf8(`sealfold/1 ${label}`), ...fields.map(encodeField)];
  const whole = new Uint8Array(parts.reduce((length, part) => length + 4 + part.length, 0));
  const view = new DataView(whole.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    whole.set(part, at + 4);
    at += 4 + part.length;
  }
  return whole;
}

function encodeField(field: Uint8Array | string | number): Uint8Array {
  if (typeof field === "string") {
    if (/\p{Surrogate}/u.test(field)) throw new RangeError('"field" expected text without lone surrogates');
    return utf8(field);
  }
  if (typeof field !== "number") return field;
  if (!Number.isSafeInteger(field) || field < 0) throw new RangeError(`"field" expected a safe integer, got ${field}`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(field));
  return bytes;
}
