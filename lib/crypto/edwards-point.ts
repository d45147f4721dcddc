/**
 * Which 32 bytes are a point of edwards25519 (RFC 8032 §5.1.3). It is asked of keys that come without a signature, and
 * public ones alone, so that nothing here need take the same time whatever it is given.
 */

/** The field's order, §5.1. */
const p = 2n ** 255n - 19n;

/** −121665/121666, §5.1. */
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * @param bytes - 32
 * @returns whether they are the one spelling of a point, as RFC 8032 decodes them
 */
export function isPoint(bytes: Uint8Array): boolean {
  const y = integerOf(bytes) & (2n ** 255n - 1n);
  if (y >= p) return false;
  // Step 2: x² = u / v. v is never 0, for −1/d is no square; so u / v is a square where u · v is.
  const u = (y * y + p - 1n) % p;
  const v = (d * y * y + 1n) % p;
  if (u === 0n) return !isNegative(bytes); // step 4: x is 0, which has one sign
  return isSquare((u * v) % p);
}

function integerOf(bytes: Uint8Array): bigint {
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return BigInt(`0x${text.reverse().join("")}`);
}

function isNegative(bytes: Uint8Array): boolean {
  return ((bytes[31] ?? 0) & 0x80) !== 0;
}

/** Euler's criterion. @param value - from 1 to p − 1 */
function isSquare(value: bigint): boolean {
  let power = 1n;
  let square = value;
  for (let exponent = (p - 1n) / 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) power = (power * square) % p;
    square = (square * square) % p;
  }
  return power === 1n;
}
