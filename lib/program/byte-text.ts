/** Bytes as strings: one character each, from 0 to 255, as they cross from one realm to another; and as UTF-8. */

import { apply, charCodeAt, fromCharCode, lengthOf, list, makeBytes } from "./_intrinsics.ts";

/** How many are made at a time: what is passed to one call stands on the stack. */
const piece = 4096;

/** @returns the characters of real bytes. */
export function textOfBytes(bytes: Uint8Array): string {
  const length = lengthOf(bytes);
  let text = "";
  for (let from = 0; from < length; from += piece) {
    const codes = list<number>();
    const count = length - from < piece ? length - from : piece;
    for (let index = 0; index < count; index++) codes[index] = bytes[from + index] as number;
    text += apply(fromCharCode, undefined, codes);
  }
  return text;
}

/** @returns the bytes of what {@link textOfBytes} gave */
export function bytesOfText(text: string): Uint8Array {
  const bytes = makeBytes(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = charCodeAt(text, index);
  return bytes;
}

/** @returns the UTF-8 of `text`, which is well-formed (RFC 3629) */
export function utf8OfText(text: string): Uint8Array {
  const bytes = makeBytes(utf8Length(text));
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    let point = charCodeAt(text, index);
    if (point < 0x80) {
      bytes[at++] = point;
      continue;
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      point = 0x10000 + ((point - 0xd800) << 10) + (charCodeAt(text, ++index) - 0xdc00);
      bytes[at++] = 0xf0 | (point >> 18);
      bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
    } else if (point < 0x800) {
      bytes[at++] = 0xc0 | (point >> 6);
    } else bytes[at++] = 0xe0 | (point >> 12);
    if (point >= 0x800) bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
    bytes[at++] = 0x80 | (point & 0x3f);
  }
  return bytes;
}

/**
 * @param bytes - UTF-8 (RFC 3629) that was checked, from `from` to before `to`, which cut no character in two
 * @returns the text
 */
export function textOfUtf8(bytes: Uint8Array, from: number, to: number): string {
  let at = from;
  let text = "";
  // Eight ASCII characters at a time, while there are.
  while (at + 8 <= to) {
    const a = bytes[at] as number;
    const b = bytes[at + 1] as number;
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    const e = bytes[at + 4] as number;
    const f = bytes[at + 5] as number;
    const g = bytes[at + 6] as number;
    const h = bytes[at + 7] as number;
    if ((a | b | c | d | e | f | g | h) >= 0x80) break;
    text += fromCharCode(a, b, c, d, e, f, g, h);
    at += 8;
  }
  while (at < to) {
    const byte = bytes[at] as number;
    if (byte < 0x80) {
      text += asciiText[byte] as string;
      at++;
      continue;
    }
    const size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    let point = byte & (0x7f >> size);
    for (let index = 1; index < size; index++) point = (point << 6) | ((bytes[at + index] as number) & 0x3f);
    at += size;
    text += point < 0x10000 ? fromCharCode(point) : fromCharCode(0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
  }
  return text;
}

/** The 128 characters of ASCII, each by its code. */
const asciiText: readonly string[] = asciiCharacters();

function asciiCharacters(): string[] {
  const texts = list<string>();
  for (let code = 0; code < 0x80; code++) texts[code] = fromCharCode(code);
  return texts;
}

/** @returns whether `bytes[start..end)` are UTF-8 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const point = pointAt(bytes, at, end);
    if (point === -1) return false;
    at += lengthOfPoint(point);
  }
  return true;
}

/** @returns the code point that begins there; -1 where none does, or it has no such spelling */
function pointAt(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return first;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0xc2 || first > 0xf4 || at + length > end) return -1;
  let point = first & (0x7f >> length);
  for (let index = 1; index < length; index++) {
    const byte = bytes[at + index] as number;
    if ((byte & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (byte & 0x3f);
  }
  const isSurrogate = point >= 0xd800 && point <= 0xdfff;
  return isSurrogate || point > 0x10ffff || lengthOfPoint(point) !== length ? -1 : point;
}

function lengthOfPoint(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

function utf8Length(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = charCodeAt(text, index);
    // Each half of a pair counts two of its four bytes.
    if (unit < 0x80) length += 1;
    else length += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return length;
}
