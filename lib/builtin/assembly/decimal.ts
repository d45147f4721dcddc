// Decimal numbers of text: the double nearest to what is written, ties to even, as JavaScript's `Number` has it.

/** 10^0 to 10^22 are doubles: with an integer below 2^53 one rounding is left (W. D. Clinger, 1990). */
export const POWERS: StaticArray<f64> = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
  1e22,
];
const MOST_EXACT: u64 = 1 << 53;
const MOST_POWER: i32 = 22;
/** No text has so great an exponent that it could be written otherwise. */
const MOST_EXPONENT: i32 = 100_000;

/** @returns the number that is written from `from` to `end`, but for spaces around it; NaN where there is none */
export function numberAt(from: usize, end: usize): f64 {
  let at = from;
  const isNegative = at < end && load<u8>(at) == 0x2d;
  if (isNegative) at++;
  let digits: u64 = 0;
  const whole = at;
  while (at < end) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) break;
    digits = digits * 10 + digit;
    at++;
  }
  let places: usize = 0;
  let length = at - whole;
  if (at < end && load<u8>(at) == 0x2e) {
    const point = ++at;
    while (at < end) {
      const digit = <u32>load<u8>(at) - 0x30;
      if (digit > 9) break;
      digits = digits * 10 + digit;
      at++;
    }
    places = at - point;
    length += places;
  }
  // 15 digits are below 2^53, and fewer places than powers.
  if (at == end && length - 1 < 15) {
    const value = places == 0 ? <f64>digits : <f64>digits / unchecked(POWERS[<i32>places]);
    return isNegative ? -value : value;
  }
  return anyNumber(from, end);
}

function isBlank(byte: u8): bool {
  return byte == 0x20 || byte - 0x09 < 5;
}

/** Whatever is written: with a sign, an exponent, spaces, or many digits. */
function anyNumber(from: usize, end: usize): f64 {
  while (from < end && isBlank(load<u8>(from))) from++;
  while (from < end && isBlank(load<u8>(end - 1))) end--;
  if (from == end) return NaN;
  let at = from;
  const sign = load<u8>(at);
  if (sign == 0x2d || sign == 0x2b) at++;
  begin();
  let seen = false;
  let isBehindPoint = false;
  for (; at < end; at++) {
    const byte = load<u8>(at);
    if (byte == 0x2e && !isBehindPoint) {
      isBehindPoint = true;
      continue;
    }
    const digit = <u32>byte - 0x30;
    if (digit > 9) break;
    seen = true;
    append(<u8>digit, isBehindPoint);
  }
  if (!seen) return NaN;
  if (at < end) {
    if ((load<u8>(at) | 0x20) != 0x65) return NaN;
    const exponent = exponentAt(at + 1, end);
    if (exponent == i32.MIN_VALUE) return NaN;
    point += exponent;
  }
  const value = nearest();
  return sign == 0x2d ? -value : value;
}

/** @returns the exponent, bounded; the least number of 32 bits where there is none */
function exponentAt(from: usize, end: usize): i32 {
  let at = from;
  const sign = at < end ? load<u8>(at) : 0;
  if (sign == 0x2d || sign == 0x2b) at++;
  if (at == end) return i32.MIN_VALUE;
  let exponent = 0;
  for (; at < end; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) return i32.MIN_VALUE;
    if (exponent < MOST_EXPONENT) exponent = exponent * 10 + <i32>digit;
  }
  return sign == 0x2d ? -exponent : exponent;
}

/*
 * What is left is done on decimal digits, exactly: they are multiplied and divided by powers of two until the double's 53
 * bits stand before the point. So does Go's strconv (decimal.go); 800 digits and whether anything follows are enough for
 * any double.
 */
const MOST_DIGITS: i32 = 800;
const STEP: i32 = 27;
/** How far a number of so many digits before its point can be divided, which leaves one below 1 or little above. */
const STEPS: StaticArray<i32> = [1, 3, 6, 9, 13, 16, 19, 23, 26];
/** Multiplication goes on behind them. */
const digits: usize = memory.data(832);
const product: usize = memory.data(832);
/** Digits there are, without zeros at either end. */
let count: i32 = 0;
/** Where the point stands: behind so many digits. */
let point: i32 = 0;
/** Whether digits that are not zero were left out at the end. */
let isCut: bool = false;
/** Zeros that stand behind the digits, if more come. */
let zeros: i32 = 0;

function begin(): void {
  count = 0;
  point = 0;
  isCut = false;
  zeros = 0;
}

function append(digit: u8, isBehindPoint: bool): void {
  if (count == 0 && digit == 0) {
    if (isBehindPoint && point > -MOST_EXPONENT) point--;
    return;
  }
  if (!isBehindPoint && point < MOST_EXPONENT) point++;
  if (digit == 0) {
    zeros++;
    return;
  }
  for (; zeros > 0 && count < MOST_DIGITS; zeros--) store<u8>(digits + count++, 0);
  if (count < MOST_DIGITS && zeros == 0) store<u8>(digits + count++, digit);
  else isCut = true;
}

/** @returns the double nearest to 0.d1d2d3… · 10^point */
function nearest(): f64 {
  if (count == 0 || point < -330) return 0;
  if (point > 310) return Infinity;
  const exact = exactly();
  if (!isNaN(exact)) return exact;
  let exponent = -1;
  while (point > 0) {
    const step = point >= 9 ? STEP : unchecked(STEPS[point]);
    divide(step);
    exponent += step;
  }
  while (point < 0 || load<u8>(digits) < 5) {
    const step = -point >= 9 ? STEP : unchecked(STEPS[-point]);
    multiply(step);
    exponent -= step;
  }
  for (; exponent < -1022 && count > 0; ) {
    const step = min(STEP, -1022 - exponent);
    divide(step);
    exponent += step;
  }
  if (exponent < -1022) exponent = -1022;
  multiply(26);
  multiply(27);
  let mantissa = rounded();
  if (mantissa == MOST_EXACT) {
    mantissa >>= 1;
    exponent++;
  }
  if (exponent > 1023) return Infinity;
  if (mantissa < MOST_EXACT >> 1) return reinterpret<f64>(mantissa); // below the least that has all its bits
  return reinterpret<f64>((mantissa & ((MOST_EXACT >> 1) - 1)) | (<u64>(exponent + 1023) << 52));
}

/** @returns the number where one multiplication or division makes it; NaN where none does */
function exactly(): f64 {
  if (count > 19 || isCut) return NaN;
  let whole: u64 = 0;
  for (let i = 0; i < count; i++) whole = whole * 10 + load<u8>(digits + i);
  const power = point - count;
  if (whole > MOST_EXACT || power > MOST_POWER || power < -MOST_POWER) return NaN;
  return power < 0 ? <f64>whole / unchecked(POWERS[-power]) : <f64>whole * unchecked(POWERS[power]);
}

/** Divides by 2^step. */
function divide(step: i32): void {
  let rest: u64 = 0;
  let from = 0;
  let to = 0;
  while (rest >> step == 0) {
    if (from >= count && rest == 0) {
      count = 0;
      return;
    }
    rest = rest * 10 + (from < count ? load<u8>(digits + from) : 0);
    from++;
  }
  point -= from - 1;
  const mask = (<u64>1 << step) - 1;
  while (from < count || rest > 0) {
    const digit = <u8>(rest >> step);
    rest &= mask;
    if (to < MOST_DIGITS) store<u8>(digits + to++, digit);
    else if (digit > 0) isCut = true;
    rest = rest * 10 + (from < count ? load<u8>(digits + from) : 0);
    from++;
  }
  count = to;
  trim();
}

/** Multiplies by 2^step. */
function multiply(step: i32): void {
  let carry: u64 = 0;
  let to = 832;
  for (let from = count - 1; from >= 0; from--) {
    carry += <u64>load<u8>(digits + from) << step;
    store<u8>(product + --to, <u8>(carry % 10));
    carry /= 10;
  }
  for (; carry > 0; carry /= 10) store<u8>(product + --to, <u8>(carry % 10));
  const length = 832 - to;
  point += length - count;
  count = min(length, MOST_DIGITS);
  for (let i = count; i < length; i++) if (load<u8>(product + to + i) != 0) isCut = true;
  memory.copy(digits, product + to, count);
  trim();
}

function trim(): void {
  while (count > 0 && load<u8>(digits + count - 1) == 0) count--;
}

/** @returns the integer before the point, rounded to the nearest, ties to even; it is below 2^54 */
function rounded(): u64 {
  let whole: u64 = 0;
  for (let i = 0; i < point; i++) whole = whole * 10 + (i < count ? load<u8>(digits + i) : 0);
  if (point < 0 || point >= count) return whole;
  const next = load<u8>(digits + point);
  const isTie = next == 5 && point + 1 == count && !isCut;
  return isTie ? whole + (whole & 1) : next >= 5 ? whole + 1 : whole;
}
