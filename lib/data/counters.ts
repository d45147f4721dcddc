/**
 * A job's counters as they are released: eight bytes each, big-endian, sealed for whoever may open an
 * output. How many there are the policy says, so the length tells nothing.
 */

import { aesGcm, nonceLength } from "../crypto/aead.ts";
import { context } from "../crypto/context.ts";
import { hkdf } from "../crypto/hash.ts";
import { SealfoldError } from "../errors.ts";

/** Which output's receivers they are for. */
export interface CountersPlace {
  readonly jobId: Uint8Array;
  readonly output: string;
}

const numberBytes = 8;
const tagBytes = 16;

/** @returns the length of `count` sealed counters, in bytes; without counters there is nothing to seal. */
export function sealedCountersLength(count: number): number {
  return count === 0 ? 0 : count * numberBytes + tagBytes;
}

/**
 * @param resultKey - 32 bytes: the output's released key, of which one for this purpose alone is derived
 * @param counters - safe integers from 0 on
 */
export function sealCounters(resultKey: Uint8Array, place: CountersPlace, counters: readonly number[]): Uint8Array {
  if (counters.length === 0) return new Uint8Array();
  const plain = new Uint8Array(counters.length * numberBytes);
  const view = new DataView(plain.buffer);
  counters.forEach((count, i) => view.setBigUint64(i * numberBytes, BigInt(count)));
  const about = aboutCounters(place);
  return aesGcm.seal(hkdf(resultKey, about), new Uint8Array(nonceLength), about, plain); // a key for this one message
}

/**
 * @param count - how many the policy names
 * @throws {SealfoldError} OUTPUT_ALTERED unless `sealed` is what was sealed there
 */
export function openCounters(
  resultKey: Uint8Array,
  place: CountersPlace,
  sealed: Uint8Array,
  count: number,
): readonly number[] {
  if (count === 0 && sealed.length === 0) return [];
  const about = aboutCounters(place);
  const whole = sealed.length === sealedCountersLength(count);
  const plain = whole ? aesGcm.open(hkdf(resultKey, about), new Uint8Array(nonceLength), about, sealed) : undefined;
  if (plain === undefined)
    throw new SealfoldError("OUTPUT_ALTERED", `the counters with output ${place.output} were altered`);
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
  return Array.from({ length: count }, (_, i) => Number(view.getBigUint64(i * numberBytes)));
}

function aboutCounters({ jobId, output }: CountersPlace): Uint8Array {
  return context("counters", jobId, output);
}
