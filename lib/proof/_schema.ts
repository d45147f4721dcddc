/** The shapes that documents of this room are made of, and the one way to check them. */

import * as v from "valibot";

import { fromBase64url } from "../crypto/bytes.ts";
import { type ErrorCode, SealfoldError } from "../errors.ts";

/** Bytes spelt in canonical base64url. */
export function bytesText(length: number): v.GenericSchema<string, string> {
  return v.pipe(v.string(), v.regex(spellingOf(length), `expected ${length} bytes of base64url`));
}

/** Bytes of any length up to `most`. */
export function boundedBytesText(most: number): v.GenericSchema<string, string> {
  return v.pipe(
    v.string(),
    v.maxLength(Math.ceil((most * 4) / 3)),
    v.check((text) => isBytes(text), "expected base64url"),
  );
}

/** A count or an index: a safe integer that is not negative. */
export const count: v.GenericSchema<number, number> = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A name as policies write them: none has two spellings, or no spelling in UTF-8. */
export const nameText: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "expected a name"),
);

/** A list of no more than `most` items. */
export function atMost<T>(most: number, item: v.GenericSchema<T, T>): v.GenericSchema<T[], T[]> {
  return v.pipe(v.array(item), v.maxLength(most));
}

/** An object of exactly these fields. It is read into the order of canonical JSON, which is then written as it lies. */
export function exactly<T extends v.ObjectEntries>(fields: T): v.StrictObjectSchema<T, undefined> {
  const inOrder = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return v.strictObject(Object.fromEntries(inOrder) as T);
}

/** A document of `schema` with an Ed25519 signature. */
export function signedSchema<T>(
  schema: v.GenericSchema<T, T>,
): v.GenericSchema<{ document: T; signature: string }, { document: T; signature: string }> {
  return exactly({ document: schema, signature: bytesText(64) });
}

/**
 * @returns `value`, which has exactly this shape
 * @throws {SealfoldError} `code`, naming the field that is wrong
 */
export function parseShape<T>(schema: v.GenericSchema<T, T>, value: unknown, code: ErrorCode, what: string): T {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const field = v.getDotPath(issue) ?? what;
  throw new SealfoldError(code, `the ${what} is malformed at ${field}`, { field });
}

/** Where the last character stands for fewer than six bits, the others are zero (RFC 4648 §3.5). */
function spellingOf(length: number): RegExp {
  const any = "[A-Za-z0-9_-]";
  const whole = `${any}{${Math.floor(length / 3) * 4}}`;
  const rest = ["", `${any}[AQgw]`, `${any}{2}[AEIMQUYcgkosw048]`][length % 3];
  return new RegExp(`^${whole}${rest}$`);
}

function isBytes(text: string): boolean {
  try {
    fromBase64url(text);
    return true;
  } catch {
    return false; // another spelling
  }
}
