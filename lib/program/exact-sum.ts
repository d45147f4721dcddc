/**
 * Sums of doubles that lose nothing, so that every split and order of the same values gives the same bits. Follows
 * J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997, §2.4 (grow-expansion); the final rounding is
 * done on integers. Values of everyday size are split at 2^-16 first and gathered in two bins, whose sums are exact as
 * long as few are in them. Part of every measured program: no imports but its neighbour.
 */

import { roundQuotient, unpack } from "./round-quotient.ts";

/** A sum that is not a safe integer: the exact total of both bins and of all parts. */
export interface Expansion {
  /** The parts of recent values that are whole multiples of 2^-16. */
  coarse: number;
  /** What else was in them: whole multiples of 2^-64. */
  fine: number;
  /** How many values the bins still take before they must be emptied. */
  room: number;
  /** Doubles that do not overlap, ascending: of values below 2^900. */
  readonly low: number[];
  /** Likewise of greater values, times 2^-200, so that nothing overflows on the way. */
  readonly high: number[];
}

/** The exact sum so far: a plain number as long as all is safe integers. */
export type ExactSum = number | Expansion;

const highFrom = 2 ** 900;
const highExponent = 200;
const highScale = 2 ** -highExponent;

/**
 * So many values below `binned` sum to at most 2^53 units in either bin: 64 * 2^31 of units of 2^-16, and 64 * 2^-17 of
 * units of 2^-64.
 */
const binRoom = 64;
export const binned: number = 2 ** 31;
/** Adding and taking away 1.5 * 2^52 units rounds to whole units. */
export const toCoarse: number = 1.5 * 2 ** 36;
export const toFine: number = 1.5 * 2 ** -12;

/**
 * @returns the sum of `sum` and `value`; an expansion is changed in place
 * @throws {TypeError} when `value` is not a finite number
 */
export function addExact(sum: ExactSum, value: number): ExactSum {
  if (typeof sum === "number") {
    const total = sum + value;
    // Both safe, so the exact total is within half of a unit of the computed one and equals it.
    if (Number.isSafeInteger(total) && Number.isSafeInteger(value)) return total;
    return addExact(expansionOf(sum), value);
  }
  if (typeof value === "number" && value < binned && value > -binned) {
    const coarse = value + toCoarse - toCoarse;
    const fine = value - coarse;
    if (fine + toFine - toFine === fine) {
      if (sum.room === 0) emptyBins(sum);
      sum.coarse += coarse;
      sum.fine += fine;
      sum.room--;
      return sum;
    }
  }
  if (!Number.isFinite(value)) throw new TypeError("a sum takes finite numbers only");
  if (value < highFrom && value > -highFrom) grow(sum.low, value);
  else grow(sum.high, value * highScale);
  return sum;
}

/** @returns the sum of both; `a` may be changed in place */
export function mergeExact(a: ExactSum, b: ExactSum): ExactSum {
  if (typeof b === "number") return addExact(a, b);
  const whole = typeof a === "number" ? expansionOf(a) : a;
  for (const part of b.low) grow(whole.low, part);
  grow(whole.low, b.coarse);
  grow(whole.low, b.fine);
  for (const part of b.high) grow(whole.high, part);
  return whole;
}

/**
 * @param count - a positive integer
 * @returns the double nearest to the exact sum over `count`, ties to even, never -0
 * @throws {RangeError} when that lies beyond the largest double
 */
export function roundExact(sum: ExactSum, count = 1): number {
  // The quotient of two safe integers is correctly rounded by the machine.
  if (typeof sum === "number") return sum / count + 0;
  const parts = [
    ...[sum.coarse, sum.fine, ...sum.low].map((part) => unpack(part)),
    ...sum.high.map((part) => unpack(part)).map(([digits, exponent]) => [digits, exponent + highExponent] as const),
  ];
  const least = parts.reduce((exponent, part) => Math.min(exponent, part[1]), 971);
  const total = parts.reduce((digits, part) => digits + (part[0] << BigInt(part[1] - least)), 0n);
  return roundQuotient(total, least, BigInt(count));
}

function expansionOf(sum: number): Expansion {
  return { coarse: 0, fine: 0, room: binRoom, low: sum === 0 ? [] : [sum], high: [] };
}

function emptyBins(sum: Expansion): void {
  grow(sum.low, sum.coarse);
  grow(sum.low, sum.fine);
  sum.coarse = 0;
  sum.fine = 0;
  sum.room = binRoom;
}

/** Adds `value` to the expansion `parts`; each step is Knuth's two-sum, exact without a look at magnitudes. */
function grow(parts: number[], value: number): void {
  const length = parts.length;
  let carry = value;
  let kept = 0;
  for (let index = 0; index < length; index++) {
    const part = parts[index] as number;
    const sum = carry + part;
    const shifted = sum - carry;
    const error = carry - (sum - shifted) + (part - shifted);
    if (error !== 0) parts[kept++] = error;
    carry = sum;
  }
  if (carry !== 0) {
    if (kept < length) parts[kept] = carry;
    else parts.push(carry);
    kept++;
  }
  if (kept < length) parts.length = kept;
}
