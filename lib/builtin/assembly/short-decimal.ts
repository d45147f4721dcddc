// Decimals of at most eight characters behind their sign, all at once in one word: with no step that depends on how many
// they are.
import { POWERS } from "./decimal";

const MOST: usize = 8;
const SIGN: u8 = 0x2d;
const POINT: u64 = 0x2e;
// @ts-ignore: a decorator of AssemblyScript's
@inline
const ZEROS: u64 = 0x3030_3030_3030_3030;
/** Digits have this bit, and a point has not. */
// @ts-ignore: a decorator of AssemblyScript's
@inline
const DIGITS: u64 = 0x1010_1010_1010_1010;
/** What a digit is at most can have added without reaching the highest bit, which is {@link HIGHEST}. */
// @ts-ignore: a decorator of AssemblyScript's
@inline
const TO_HIGHEST: u64 = 0x7676_7676_7676_7676;
// @ts-ignore: a decorator of AssemblyScript's
@inline
const HIGHEST: u64 = 0x8080_8080_8080_8080;

/**
 * The double nearest to a number like -12.3: its digits are below 2^53, so dividing them by a power of ten rounds once.
 * Eight bytes before `end` must be in the memory.
 * @returns NaN for anything else, which may be a number all the same
 */
// @ts-ignore: a decorator of AssemblyScript's
@inline
export function shortNumberAt(from: usize, end: usize): f64 {
  const sign = <u64>(load<u8>(from) == SIGN);
  const length = end - from - <usize>sign;
  if (length - 1 >= MOST) return NaN;
  // The text stands at the word's upper end, with nothing below.
  const shift = <u64>(MOST - length) << 3;
  let text = (load<u64>(end - MOST) >> shift) << shift;
  let zeros = (ZEROS >> shift) << shift;
  let places: usize = 0;
  const points = ~text & ((DIGITS >> shift) << shift);
  if (points != 0) {
    const at = ctz(points) & 0x38;
    if (((text >> at) & 0xff) != POINT || length == 1) return NaN;
    // What stands before the point moves to where it was.
    text = (((text >> at) >> 8) << 8 << at) | ((text & ((<u64>1 << at) - 1)) << 8);
    zeros &= zeros << 8;
    places = 7 - <usize>(at >> 3);
  }
  let digits = text ^ zeros;
  if ((((digits + TO_HIGHEST) | digits) & HIGHEST) != 0) return NaN;
  digits = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
  digits = (digits * 100 + (digits >> 16)) & 0x0000_ffff_0000_ffff;
  digits = (digits * 10_000 + (digits >> 32)) & 0xffff_ffff;
  const value = <f64>(<i64>digits) / unchecked(POWERS[<i32>places]);
  return reinterpret<f64>(reinterpret<u64>(value) | (sign << 63));
}
