/**
 * What was counted in a job, as it is released: how many records were skipped, and the program's counters; eight bytes
 * each, big-endian, sealed for whoever may open an output. How many there are the policy says, so the length tells
 * nothing.
 */

import { aesGcm, nonceLength } from "../crypto/aead.ts";
import { context } from "../crypto/context.ts";
import { hkdf } from "../crypto/hash.ts";
import { SealfoldError } from "../errors.ts";

/** What was counted in a job, over exactly the attempts that count. */
export interface Counted {
  /** Records that the program failed on, within the policy's number, and that are not in the result. */
  readonly skipped: number;
  /** In the policy's order. */
  readonly counters: readonly number[];
}

/** Which output's receivers they are for. */
export interface CountersPlace {
  readonly jobId: Uint8Array;
  readonly output: string;
}

const numberBytes = 8;
const tagBytes = 16;

/** @returns the length of what is sealed where there are `count` counters, in bytes. */
export function sealedCountersLength(count: number): number {
  return (1 + count) * numberBytes + tagBytes;
}

/**
 * @param resultKey - 32 bytes: the output's released key, of which one for this purpose alone is derived
 * @param counted - safe integers from 0 on
 */
export function sealCounters(resultKey: Uint8Array, place: CountersPlace, counted: Counted): Uint8Array {
  const { skipped, counters } = counted;
  const plain = new Uint8Array((1 + counters.length) * numberBytes);
  const view = new DataView(plain.buffer);
  [skipped, ...counters].forEach((count, i) => view.setBigUint64(i * numberBytes, BigInt(count)));
  const about = aboutCounters(place);
  return aesGcm.seal(hkdf(resultKey, about), new Uint8Array(nonceLength), about, plain); // a key for this one message
}

/**
 * @param count - how many counters the policy names
 * @throws {SealfoldError} OUTPUT_ALTERED unless `sealed` is what was sealed there
 */
export function openCounters(resultKey: Uint8Array, place: CountersPlace, sealed: Uint8Array, count: number): Counted {
  const about = aboutCounters(place);
  const whole = sealed.length === sealedCountersLength(count);
  const plain = whole ? aesGcm.open(hkdf(resultKey, about), new Uint8Array(nonceLength), about, sealed) : undefined;
  if (plain === undefined)
    throw new SealfoldError("OUTPUT_ALTERED", `the counters with output ${place.output} were altered`);
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
  const [skipped = 0, ...counters] = Array.from({ length: 1 + count }, (_, i) =>
    Number(view.getBigUint64(i * numberBytes)),
  );
  return { skipped, counters };
}

function aboutCounters({ jobId, output }: CountersPlace): Uint8Array {
  return context("counters", jobId, output);
}
