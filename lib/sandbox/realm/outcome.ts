/** Looks at what comes out of a realm: primitives, and the bytes of buffers. Nothing else is asked anything. */

import { types } from "node:util";

import { SealfoldError } from "../../errors.ts";

/** @throws {SealfoldError} BUG for what is no number */
export function expectNumber(answer: unknown): number {
  if (typeof answer !== "number") throw new SealfoldError("BUG");
  return answer;
}

/** @throws {SealfoldError} BUG for what is no whole number from 0 on */
export function expectCount(answer: unknown): number {
  if (!Number.isSafeInteger(answer) || (answer as number) < 0) throw new SealfoldError("BUG");
  return answer as number;
}

/** @throws {SealfoldError} BUG for what is no string */
export function expectText(answer: unknown): string {
  if (typeof answer !== "string") throw new SealfoldError("BUG");
  return answer;
}

/**
 * @returns a view of this side's over a buffer of the realm's, whose own properties are not looked at
 * @throws {SealfoldError} BUG for what is no buffer, or has fewer bytes than `length`
 */
export function expectBytes(answer: unknown, length = 0): Uint8Array {
  if (!types.isArrayBuffer(answer)) throw new SealfoldError("BUG");
  const bytes = new Uint8Array(answer);
  if (bytes.length < length) throw new SealfoldError("BUG");
  return bytes;
}

/** As {@link expectBytes}, of a column of at least `length` integers of 32 bits. */
export function expectIntegers(answer: unknown, length: number): Int32Array {
  return new Int32Array(expectBytes(answer, 4 * length).buffer, 0, length);
}

/** As {@link expectBytes}, of a column of at least `length` doubles. */
export function expectDoubles(answer: unknown, length: number): Float64Array {
  return new Float64Array(expectBytes(answer, 8 * length).buffer, 0, length);
}
