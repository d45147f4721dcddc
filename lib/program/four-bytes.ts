/**
 * Looks at four bytes at a time: an integer of 32 bits, signed, whose lowest byte is the first (H. S. Warren, Hacker's
 * Delight, §6-1).
 */

import { clz32 } from "./_intrinsics.ts";

/** An integer with 1 in each byte: so often a byte is in as many. */
export const ones = 0x01010101;
/** The highest bit of each byte. */
const highest = 0x80808080;

/** @returns the highest bit of each byte that is 0: up to the first it is exact */
export function zeroBytes(word: number): number {
  return (word - ones) & ~word & highest;
}

/** @returns the highest bit of each byte that is not above a space: up to the first it is exact */
export function spaceBytes(word: number): number {
  return (word - 0x21 * ones) & ~word & highest;
}

/** @returns the highest bit of each byte that is no ASCII letter in lower case */
export function otherBytes(word: number): number {
  const ascii = word & ~highest;
  const fromA = ascii + (0x80 - 0x61) * ones;
  const beyondZ = ascii + (0x80 - 0x7b) * ones;
  return ~(fromA & ~beyondZ & ~word) & highest;
}

/** @returns how many bytes are before the first of `marks`, which has some: 0 to 3 */
export function bytesBefore(marks: number): number {
  return (31 - clz32(marks & -marks)) >> 3;
}

/** @returns the first `count` bytes, 0 to 3, and zeros */
export function firstBytes(word: number, count: number): number {
  return word & ((1 << (count << 3)) - 1);
}
