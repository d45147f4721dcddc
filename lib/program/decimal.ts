/** Decimal numbers out of bytes, without a string where they are as short as most are. */

import { imul, toNumber } from "./_intrinsics.ts";
import { textOfUtf8 } from "./byte-text.ts";
import { isSpace } from "./ascii.ts";

/** So many digits are an integer of 32 bits. */
const shortDigits = 9;

/** Powers of ten that a double holds exactly. */
const powers: readonly number[] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
];
const mostPower = 22;
/** Below it every integer has a double, also after one more digit. */
const mostDigits = 2 ** 53 / 10 - 1;

/**
 * Reads what stands in `bytes` from `start` to before `end`: a decimal number, with ASCII white space around.
 *
 * A significand below 2⁵³ and a power of ten up to 10²² are doubles, so that one multiplication or division rounds once,
 * and right (W. D. Clinger, How to Read Floating Point Numbers Accurately, PLDI 1990). All else goes through a string.
 * @returns the double nearest to it; NaN when it is no decimal number
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === 0x2d && end > start;
  const from = isNegative ? start + 1 : start;
  if (end - from > shortDigits) return parseLong(bytes, start, end);
  let significand = 0;
  let point = -1;
  for (let at = from; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit >= 0 && digit <= 9) significand = (imul(significand, 10) + digit) | 0;
    else if (digit === -2 && point === -1) point = at;
    else return parseLong(bytes, start, end);
  }
  if (end - from < 2 && (end === from || point !== -1)) return NaN;
  const value = point === -1 ? significand : significand / (powers[end - point - 1] as number);
  return isNegative ? -value : value;
}

function parseLong(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(bytes[at] as number)) at++;
  let to = end;
  while (to > at && isSpace(bytes[to - 1] as number)) to--;
  const first = bytes[at];
  const isNegative = first === 0x2d;
  const from = at < to && (isNegative || first === 0x2b) ? at + 1 : at;
  let significand = 0;
  let point = -1;
  let isExact = true;
  for (at = from; at < to; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (significand > mostDigits) isExact = false;
      else significand = significand * 10 + digit;
    } else if (digit === -2 && point === -1) point = at;
    else break;
  }
  const digits = at - from - (point === -1 ? 0 : 1);
  if (digits === 0) return NaN;
  const exponent = at === to ? 0 : exponentAt(bytes, at, to);
  if (exponent !== exponent) return NaN;
  const power = exponent - (point === -1 ? 0 : at - point - 1);
  if (!isExact || power < -mostPower || power > mostPower) return toNumber(textOfUtf8(bytes, start, end));
  const value = power < 0 ? significand / (powers[-power] as number) : significand * (powers[power] as number);
  return isNegative ? -value : value;
}

/** @returns the exponent that begins at `at` with its `e`, beyond a million about as large as it is; NaN when it is none */
function exponentAt(bytes: Uint8Array, at: number, to: number): number {
  if (((bytes[at] as number) | 0x20) !== 0x65) return NaN;
  const sign = bytes[at + 1];
  let index = at + 1 < to && (sign === 0x2d || sign === 0x2b) ? at + 2 : at + 1;
  if (index >= to) return NaN;
  let exponent = 0;
  for (; index < to; index++) {
    const digit = (bytes[index] as number) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    if (exponent < 1e6) exponent = exponent * 10 + digit;
  }
  return sign === 0x2d ? -exponent : exponent;
}
