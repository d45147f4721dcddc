/** Bytes and their spellings. Base64url follows RFC 4648 §5 without padding; only the canonical spelling is read. */

import { timingSafeEqual } from "node:crypto";

declare const brand: unique symbol;

/** Bytes of one kind, so that a key cannot be passed where a nonce is meant. */
export type Bytes<Name extends string> = Uint8Array & { readonly [brand]: Name };

/** A source of random bytes: a parameter everywhere, so that tests can repeat. */
export type RandomSource = (length: number) => Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @throws {RangeError} unless `bytes` is `length` long. */
export function expectLength(name: string, bytes: Uint8Array, length: number): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`"${name}" expected bytes, got ${typeof bytes}`);
  if (bytes.length !== length) throw new RangeError(`"${name}" expected ${length} bytes, got ${bytes.length}`);
}

/** @returns a new array that holds `parts` one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Compares in time that depends on the lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** @throws {TypeError} when `bytes` is not valid UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");
}

/** @throws {RangeError} unless `text` is the one canonical spelling of its bytes, and `length` long where given. */
export function fromBase64url(text: string, length?: number): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text, "base64url"));
  if (toBase64url(bytes) !== text) throw new RangeError("expected canonical base64url");
  if (length !== undefined) expectLength("base64url", bytes, length);
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

/** @throws {RangeError} unless `text` is an even number of lower-case hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw new RangeError("expected lower-case hexadecimal");
  return Uint8Array.from(Buffer.from(text, "hex"));
}
