/** Bytes as strings of one character each, from 0 to 255: how they cross from one realm to another. */

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
