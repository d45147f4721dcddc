/** The keys of pairs and results: their two kinds and their one order. Imports nothing, so that a realm can hold it. */

/** 0: a string key, as it is. 1: the canonical JSON text of a key that is a number, a boolean or an array. */
export type KeyKind = 0 | 1;

/**
 * The total order of an output: booleans (false first), then numbers ascending, then arrays element by element, then
 * strings by UTF-16 code unit.
 * @returns below, at or above 0, as for `Array.prototype.sort`; 0 for the same key alone
 */
export function compareKeys(aKind: KeyKind, aKey: string, bKind: KeyKind, bKey: string): number {
  if (aKind !== bKind) return bKind - aKind;
  if (aKind === 0) return compareText(aKey, bKey);
  if (isNumberText(aKey) && isNumberText(bKey)) return Number(aKey) - Number(bKey) || compareText(aKey, bKey);
  return compareValues(JSON.parse(aKey), JSON.parse(bKey)) || compareText(aKey, bKey);
}

/**
 * The rank of a byte of UTF-8, from 1, by which keys are in the order of their UTF-16 code units: there what is beyond
 * U+FFFF (F0 to F4) begins with surrogates, which stand before U+E000 (EE and EF).
 */
export const rankOfByte: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0xee || byte === 0xef) return byte + 8;
  return byte === 0xff ? 0xff : byte + 1;
});

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A JSON text that starts like a number is one. */
function isNumberText(text: string): boolean {
  const first = text.charCodeAt(0);
  return first === 0x2d || (first >= 0x30 && first <= 0x39);
}

function compareValues(a: unknown, b: unknown): number {
  const rank = rankOf(a);
  if (rank !== rankOf(b)) return rank - rankOf(b);
  if (typeof a === "string") return compareText(a, b as string);
  if (Array.isArray(a)) return compareArrays(a, b as readonly unknown[]);
  return Number(a) - Number(b);
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const order = compareValues(a[at], b[at]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function rankOf(value: unknown): number {
  if (typeof value === "boolean") return 0;
  if (typeof value === "number") return 1;
  return Array.isArray(value) ? 2 : 3;
}
