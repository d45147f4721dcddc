/** What single bytes of UTF-8 are. */

import { makeBytes } from "./_intrinsics.ts";

/** For each byte: the ASCII letter that it is, in lower case; 0 for what is none. */
export const letters: Uint8Array = lowerLetters();

function lowerLetters(): Uint8Array {
  const table = makeBytes(256);
  for (let letter = 0x61; letter <= 0x7a; letter++) table[letter] = table[letter - 0x20] = letter;
  return table;
}

/** @returns whether `byte` is white space: tab, line feed, vertical tab, form feed, carriage return or space. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** @returns whether `byte` goes on with a character that began before it (RFC 3629). */
export function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
