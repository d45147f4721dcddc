/** The fields of what was kept as JSON: whatever is not as it was written is STATE_DAMAGED, and never a fault of this code. */

import { fromBase64url } from "../crypto/bytes.ts";
import { SealfoldError } from "../errors.ts";

/** @returns the fields of an object that has exactly these. @throws {SealfoldError} STATE_DAMAGED */
export function fieldsOf<Name extends string>(kept: unknown, names: readonly Name[]): Readonly<Record<Name, unknown>> {
  const fields = typeof kept === "object" && kept !== null && !Array.isArray(kept) ? Object.entries(kept) : [];
  if (fields.length !== names.length || !fields.every(([name]) => (names as readonly string[]).includes(name))) {
    throw unproven("it has another shape");
  }
  return Object.fromEntries(fields) as Readonly<Record<Name, unknown>>;
}

/** @throws {SealfoldError} STATE_DAMAGED */
export function textOf(value: unknown): string {
  if (typeof value !== "string") throw unproven("it has another shape");
  return value;
}

/** @returns a whole number that is not negative. @throws {SealfoldError} STATE_DAMAGED */
export function countOf(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw unproven("it has another shape");
  return value as number;
}

/**
 * @param text - base64url
 * @param length - of the bytes; any unless told
 * @throws {SealfoldError} STATE_DAMAGED
 */
export function bytesOf(text: unknown, length?: number): Uint8Array {
  try {
    return fromBase64url(textOf(text), length);
  } catch (cause) {
    if (cause instanceof SealfoldError) throw cause;
    throw unproven("it has another shape", cause);
  }
}

export function unproven(why: string, cause?: unknown): SealfoldError {
  return new SealfoldError("STATE_DAMAGED", why, {}, { cause });
}
