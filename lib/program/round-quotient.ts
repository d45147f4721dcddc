/** Doubles as integers times powers of two, and back with correct rounding (IEEE 754-2019 §4.3.1, ties to even). */

const bits = new DataView(new ArrayBuffer(8));
const leastExponent = -1074;
const significand = 53;

/** @returns `[digits, exponent]` with `value` = digits · 2^exponent exactly. `value` must be finite. */
export function unpack(value: number): readonly [digits: bigint, exponent: number] {
  bits.setFloat64(0, value);
  const head = bits.getUint32(0);
  const biased = (head >>> 20) & 0x7ff;
  const fraction = (BigInt(head & 0xfffff) << 32n) | BigInt(bits.getUint32(4));
  const digits = biased === 0 ? fraction : fraction | (1n << 52n);
  return [value < 0 ? -digits : digits, biased === 0 ? leastExponent : biased - 1 + leastExponent];
}

/**
 * @param divisor - positive
 * @returns the double nearest to digits · 2^exponent / divisor, never -0
 * @throws {RangeError} when that lies beyond the largest double
 */
export function roundQuotient(digits: bigint, exponent: number, divisor: bigint): number {
  if (digits === 0n) return 0;
  const dividend = digits < 0n ? -digits : digits;
  // Two digits more than a double has, and a last one that says whether anything follows.
  const shift = Math.max(0, significand + 3 - bitLength(dividend) + bitLength(divisor));
  const shifted = dividend << BigInt(shift);
  const quotient = shifted / divisor;
  const exact = quotient * divisor === shifted;
  const rounded = roundDigits(exact ? quotient << 1n : (quotient << 1n) | 1n, exponent - shift - 1);
  if (rounded === Infinity) throw new RangeError("a sum lies beyond the largest number");
  return digits < 0n ? 0 - rounded : rounded;
}

/** Rounds digits · 2^exponent, where `digits` has more bits than a double. */
function roundDigits(digits: bigint, exponent: number): number {
  const target = Math.max(exponent + bitLength(digits) - significand, leastExponent);
  const dropped = BigInt(target - exponent);
  const kept = digits >> dropped;
  const rest = digits - (kept << dropped);
  const half = 1n << (dropped - 1n);
  const up = rest > half || (rest === half && (kept & 1n) === 1n);
  // Both factors and the product are doubles, so that the multiplication is exact.
  return Number(up ? kept + 1n : kept) * 2 ** target;
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}
