/** Compares parts of bytes with each other, and with strings. */

import { charCodeAt, lengthOf, slice } from "./_intrinsics.ts";
import { textOfUtf8, utf8OfText } from "./byte-text.ts";

/** UTF-8 in `bytes`, from `start` to before `end`. */
export interface Part {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** @param text - well-formed */
export function partOfText(text: string): Part {
  const bytes = utf8OfText(text);
  return { bytes, start: 0, end: lengthOf(bytes) };
}

/** @returns whether `sought` stands in `part` at the place `at` of its bytes */
export function beginsWith({ bytes, end }: Part, sought: Part, at: number): boolean {
  if (sought.end - sought.start > end - at) return false;
  let own = at;
  for (let index = sought.start; index < sought.end; index++) {
    if (bytes[own++] !== sought.bytes[index]) return false;
  }
  return true;
}

/** @returns how far from the beginning of `part` the first `sought` stands that does so from `from` on; -1 where none does */
export function findPart(part: Part, sought: Part, from: number): number {
  const first = sought.bytes[sought.start];
  const last = part.end - (sought.end - sought.start);
  for (let at = part.start + from; at <= last; at++) {
    if (sought.start === sought.end || (part.bytes[at] === first && beginsWith(part, sought, at)))
      return at - part.start;
  }
  return -1;
}

/** @returns whether `part` stands for `text`, which may be any string */
export function isText({ bytes, start, end }: Part, text: string): boolean {
  let at = start;
  for (let index = 0; index < text.length; index++) {
    if (at >= end) return false;
    const byte = bytes[at] as number;
    if (byte >= 0x80) return textOfUtf8(bytes, at, end) === slice(text, index);
    if (charCodeAt(text, index) !== byte) return false;
    at++;
  }
  return at === end;
}
