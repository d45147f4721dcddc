/**
 * Canonical JSON: one spelling per value, so that what is hashed and signed can be rebuilt. The spelling is that of
 * RFC 8785 (JCS). What is read from others is held to narrower rules, and must be its own canonical form.
 */

import stableStringify from "fast-json-stable-stringify";

import { equalBytes, fromUtf8, utf8 } from "../crypto/bytes.ts";
import { type ErrorCode, SealfoldError } from "../errors.ts";

/** Plain JSON data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How a reader bounds and names what it reads. */
export interface CanonicalLimits {
  /** The code of every refusal. */
  readonly code: ErrorCode;
  readonly maxBytes: number;
  /** What is read, for messages: `policy`. */
  readonly what: string;
}

/** Arrays and objects inside one another, in what is read. */
export const maxReadDepth = 32;

const maxWriteDepth = 128;

const loneSurrogate = /\p{Surrogate}/u;
const plainAscii = /^[\x20-\x7e]*$/;
const controlOrBidi = /[\p{Cc}\p{Bidi_Control}]/u;
const refusedKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * RFC 8785 §3.2: no spaces, keys in the order of their UTF-16 code units, numbers as ECMAScript writes them.
 * @throws {TypeError} when `value` holds anything but plain JSON data, or nests over 128 deep
 */
export function canonicalJson(value: Json): string {
  expectPlain(value, 0);
  return stableStringify(value);
}

/** @returns the UTF-8 of {@link canonicalJson}, owned by the caller. */
export function canonicalBytes(value: Json): Uint8Array {
  return utf8(canonicalJson(value));
}

/**
 * Reads what somebody else wrote. Refused: too many bytes, invalid UTF-8, more than 32 levels, keys that reach
 * prototypes, numbers that are not safe integers, strings that are not NFC or carry control, bidi or lone surrogate
 * characters, and whatever is not its own canonical form (so also duplicate keys).
 * @throws {SealfoldError} `limits.code`, naming the place but no content
 */
export function parseCanonical(bytes: Uint8Array, limits: CanonicalLimits): Json {
  if (bytes.length > limits.maxBytes) throw refusal(limits, `is over ${limits.maxBytes} bytes`);
  if (isDeeperThan(bytes, maxReadDepth)) throw refusal(limits, `nests over ${maxReadDepth} deep`);
  const value = parseText(bytes, limits);
  checkValue(value, "", limits);
  if (!equalBytes(utf8(stableStringify(value)), bytes)) {
    throw refusal(limits, "is not in canonical form (sorted unique keys, no spaces, shortest spelling)");
  }
  return value;
}

function parseText(bytes: Uint8Array, limits: CanonicalLimits): Json {
  let text: string;
  try {
    text = fromUtf8(bytes);
  } catch {
    throw refusal(limits, "is not valid UTF-8");
  }
  try {
    return JSON.parse(text) as Json; // JSON.parse gives nothing but Json
  } catch {
    throw refusal(limits, "is not JSON"); // the parser's own message quotes the content
  }
}

/** Looks at brackets outside strings alone, so that depth is bounded before anything is built. */
function isDeeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > limit) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

function checkValue(value: Json, path: string, limits: CanonicalLimits): void {
  if (typeof value === "string") {
    const fault = faultOfString(value);
    if (fault !== undefined) throw refusal(limits, `holds a string that ${fault}`, path);
  } else if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw refusal(limits, "holds a number that is not a safe integer", path);
  } else if (isArray(value)) {
    for (const [index, item] of value.entries()) checkValue(item, `${path}[${index}]`, limits);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (refusedKeys.has(key)) throw refusal(limits, `has a field named ${key}`, path);
      const fault = faultOfString(key);
      if (fault !== undefined) throw refusal(limits, `has a field whose name ${fault}`, path);
      checkValue(item, path === "" ? key : `${path}.${key}`, limits);
    }
  }
}

function faultOfString(text: string): string | undefined {
  if (plainAscii.test(text)) return undefined;
  if (loneSurrogate.test(text)) return "carries a lone surrogate";
  if (controlOrBidi.test(text)) return "carries a control or bidi character";
  return text.normalize("NFC") === text ? undefined : "is not in Unicode normal form C";
}

function refusal(limits: CanonicalLimits, fault: string, path = ""): SealfoldError {
  const where = path === "" ? "" : ` at ${path}`;
  return new SealfoldError(limits.code, `the ${limits.what}${where} ${fault}`, path === "" ? {} : { field: path });
}

function expectPlain(value: unknown, depth: number): void {
  if (depth > maxWriteDepth) throw new TypeError(`"value" expected at most ${maxWriteDepth} levels`);
  if (value === null || typeof value === "boolean") return;
  if (typeof value === "string") {
    if (loneSurrogate.test(value)) throw new TypeError('"value" expected well-formed strings, got a lone surrogate');
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`"value" expected finite numbers, got ${value}`);
  } else if (Array.isArray(value)) {
    for (const item of value) expectPlain(item, depth + 1);
  } else if (isPlainObject(value)) {
    for (const key of Object.keys(value)) {
      expectPlain(key, depth + 1);
      expectPlain(value[key], depth + 1);
    }
  } else throw new TypeError(`"value" expected plain JSON data, got ${typeof value}`);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
