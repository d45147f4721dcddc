/**
 * Canonical JSON: one spelling per value, so that what is hashed and signed can be rebuilt. The spelling is that of
 * RFC 8785 (JCS). What is read from others is held to narrower rules, and must be its own canonical form.
 */

import stableStringify from "fast-json-stable-stringify";

import { fromUtf8, utf8 } from "../crypto/bytes.ts";
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
  // what was read was written in order, and the engine's own writer is many times as fast
  return expectPlain(value, 0) ? JSON.stringify(value) : stableStringify(value);
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
  const text = textOf(bytes, limits);
  const value = parseText(text, limits);
  const found = faultIn(value);
  if (found !== undefined) throw refusal(limits, found.fault, found.path);
  if (canonicalJson(value) !== text) {
    throw refusal(limits, "is not in canonical form (sorted unique keys, no spaces, shortest spelling)");
  }
  return value;
}

function textOf(bytes: Uint8Array, limits: CanonicalLimits): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw refusal(limits, "is not valid UTF-8");
  }
}

function parseText(text: string, limits: CanonicalLimits): Json {
  try {
    return JSON.parse(text) as Json; // JSON.parse gives nothing but Json
  } catch {
    throw refusal(limits, "is not JSON"); // the parser's own message quotes the content
  }
}

/** Looks at brackets outside strings alone, so that depth is bounded before anything is built. */
function isDeeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x22) {
      at = endOfString(bytes, at);
      if (at < 0) return false; // and no JSON
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > limit) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

/** @returns where the string that begins at `from` has its closing quote, or -1 */
function endOfString(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0x22, from + 1);
  while (at >= 0 && isEscaped(bytes, at)) at = bytes.indexOf(0x22, at + 1);
  return at;
}

/** An odd number of reverse solidi stands before it; the quote that opens a string ends their row at the latest. */
function isEscaped(bytes: Uint8Array, at: number): boolean {
  let from = at;
  while (bytes[from - 1] === 0x5c) from--;
  return (at - from) % 2 === 1;
}

interface Found {
  readonly fault: string;
  readonly path: string;
}

/** @returns what is wrong, and the place, which is put together on the way back alone */
function faultIn(value: Json): Found | undefined {
  if (typeof value === "string") {
    const fault = faultOfString(value);
    return fault === undefined ? undefined : { fault: `holds a string that ${fault}`, path: "" };
  }
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? undefined : { fault: "holds a number that is not a safe integer", path: "" };
  }
  if (isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = faultIn(value[index] as Json);
      if (found !== undefined) return within(`[${index}]`, found);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value)) {
      if (refusedKeys.has(key)) return { fault: `has a field named ${key}`, path: "" };
      const fault = faultOfString(key);
      if (fault !== undefined) return { fault: `has a field whose name ${fault}`, path: "" };
      const found = faultIn(value[key] as Json);
      if (found !== undefined) return within(key, found);
    }
  }
  return undefined;
}

function within(step: string, { fault, path }: Found): Found {
  return { fault, path: path === "" || path.startsWith("[") ? `${step}${path}` : `${step}.${path}` };
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

/** @returns whether the keys of all objects in `value` come in the order of their code units (RFC 8785 §3.2.3) */
function expectPlain(value: unknown, depth: number): boolean {
  if (depth > maxWriteDepth) throw new TypeError(`"value" expected at most ${maxWriteDepth} levels`);
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "string") {
    if (loneSurrogate.test(value)) throw new TypeError('"value" expected well-formed strings, got a lone surrogate');
    return true;
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`"value" expected finite numbers, got ${value}`);
    return true;
  }
  let inOrder = true;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!expectPlain(value[i], depth + 1)) inOrder = false;
  } else if (isPlainObject(value)) {
    let before = "";
    for (const key of Object.keys(value)) {
      if (!expectPlain(key, depth + 1) || !expectPlain(value[key], depth + 1) || key < before) inOrder = false;
      before = key;
    }
  } else throw new TypeError(`"value" expected plain JSON data, got ${typeof value}`);
  return inOrder;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
