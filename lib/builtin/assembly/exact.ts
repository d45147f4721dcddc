// Sums of doubles that lose nothing, in an entry of the table: what lib/program/exact-sum.ts promises, and the same bits.
// A value goes into places in units that it is a whole number of; what fits none is emitted by itself.
import { STATE, VALUES } from "./table";

/** Integers from 2^35 to 2^52. */
const WHOLE: usize = STATE;
/** Of other values below 2^35, the nearest multiples of 2^-16, in such units; */
const COARSE: usize = STATE + 8;
/** and what was left, in units of 2^-68: at most 2^51 of them. */
const FINE: usize = STATE + 16;

// @ts-ignore: a decorator of AssemblyScript's
@inline
const MOST_WHOLE: f64 = 4503599627370496.0; // 2^52
// @ts-ignore: a decorator of AssemblyScript's
@inline
const MOST_COARSE: f64 = 34359738368.0; // 2^35
/** Adding 1.5 · 2^52 units rounds to whole units, and the sum's lowest bits are then how many they are. */
// @ts-ignore: a decorator of AssemblyScript's
@inline
const TO_COARSE: f64 = 103079215104.0; // 1.5 · 2^36
// @ts-ignore: a decorator of AssemblyScript's
@inline
const TO_FINE: f64 = 0.00002288818359375; // 1.5 · 2^-16
// @ts-ignore: a decorator of AssemblyScript's
@inline
const COARSE_UNITS: f64 = 65536.0;
// @ts-ignore: a decorator of AssemblyScript's
@inline
const FINE_UNITS: f64 = 295147905179352825856.0; // 2^68
/** Fine units of a coarse one, as a power of two. */
const FINE_BITS: i64 = 52;
/** After so many values places are emptied that are too full: 2^9 times 2^52 is 2^61. */
const SETTLED: u32 = 512;
const FULL: i64 = 1 << 62;

/** Gets the doubles whose sum is the entry's. */
type PartVisitor = (entry: usize, values: u32, part: f64) => void;

/** @returns whether the value was added to the entry's sum; it must be counted by who calls */
// @ts-ignore: a decorator of AssemblyScript's
@inline
export function addExact(entry: usize, value: f64): bool {
  const size = abs(value);
  if (size < MOST_COARSE) {
    const coarse = value + TO_COARSE;
    const rest = value - (coarse - TO_COARSE);
    const fine = rest + TO_FINE;
    if (fine - TO_FINE != rest) return false;
    store<i64>(entry, load<i64>(entry, COARSE) + unitsOf(coarse, TO_COARSE), COARSE);
    store<i64>(entry, load<i64>(entry, FINE) + unitsOf(fine, TO_FINE), FINE);
    return true;
  }
  if (size >= MOST_WHOLE || trunc(value) != value) return false;
  store<i64>(entry, load<i64>(entry, WHOLE) + <i64>value, WHOLE);
  return true;
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function unitsOf(sum: f64, shift: f64): i64 {
  return reinterpret<i64>(sum) - reinterpret<i64>(shift);
}

/** @returns whether the entry must be emitted before more is added to it; to be asked after each value */
// @ts-ignore: a decorator of AssemblyScript's
@inline
export function isFull(entry: usize): bool {
  return (load<u32>(entry, VALUES) & (SETTLED - 1)) == 0 && isFullAfterCarry(entry);
}

function isFullAfterCarry(entry: usize): bool {
  const fine = load<i64>(entry, FINE);
  const carry = fine >> FINE_BITS;
  const coarse = load<i64>(entry, COARSE) + carry;
  store<i64>(entry, coarse, COARSE);
  store<i64>(entry, fine - (carry << FINE_BITS), FINE);
  return abs(coarse) >= FULL || abs(load<i64>(entry, WHOLE)) >= FULL;
}

/**
 * Hands out the sum of an entry, in as few doubles as it takes and never in more than there are values: one of them
 * stands behind each part but the last, which gets the others.
 */
export function visitParts(entry: usize, visit: PartVisitor): void {
  left = load<u32>(entry, VALUES);
  held = 0;
  visitHalves(entry, load<i64>(entry, WHOLE), 1, visit);
  visitHalves(entry, load<i64>(entry, COARSE), 1 / COARSE_UNITS, visit);
  visitHalves(entry, load<i64>(entry, FINE), 1 / FINE_UNITS, visit);
  visit(entry, left, held);
}

/** Values that stand behind no part yet. */
let left: u32 = 0;
/** A part that is handed out unless the next can be added to it. */
let held: f64 = 0;

/** A number of 64 bits is one double, or two. */
function visitHalves(entry: usize, units: i64, unit: f64, visit: PartVisitor): void {
  if (units == 0) return;
  if (<i64>(<f64>units) == units && abs(units) <= 1 << 53) return visitPart(entry, <f64>units * unit, visit);
  const low = units & 0xffff_ffff;
  visitPart(entry, <f64>(units - low) * unit, visit);
  visitPart(entry, <f64>low * unit, visit);
}

function visitPart(entry: usize, part: f64, visit: PartVisitor): void {
  const sum = held + part;
  // Knuth's two-sum: what the sum lost.
  const shifted = sum - held;
  if (held - (sum - shifted) + (part - shifted) != 0) {
    visit(entry, 1, held);
    left--;
    held = part;
  } else held = sum;
}
