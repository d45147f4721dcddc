/**
 * Counts that only the broker reads: how many records an attempt took, how many pairs went to each partition, and what
 * the program counted. They are sealed in the manifest under a key of that attempt, at a fixed size.
 */

import { aesGcm, nonceLength } from "../../crypto/aead.ts";
import { context } from "../../crypto/context.ts";
import { type Digest, hkdf } from "../../crypto/hash.ts";
import { SealfoldError } from "../../errors.ts";
import type { Policy } from "../../policy/policy.ts";
import type { ProgramRealm } from "../realm/program-realm.ts";

/** Where the counts were made: part of what is authenticated. */
export interface CountsPlace {
  readonly jobId: Digest;
  readonly certId: Digest;
  readonly attempt: Uint8Array;
}

/** The member's key for counts; the broker derives it again. */
export function countsKey(jobSecret: Uint8Array, certId: Digest): Uint8Array {
  return hkdf(jobSecret, context("counts", certId));
}

/** @param counts - safe integers, eight bytes each */
export function sealCounts(key: Uint8Array, place: CountsPlace, counts: readonly number[]): Uint8Array {
  const plain = new Uint8Array(counts.length * 8);
  const view = new DataView(plain.buffer);
  counts.forEach((count, i) => view.setBigUint64(i * 8, BigInt(count)));
  return aesGcm.seal(attemptKey(key, place), new Uint8Array(nonceLength), associated(place), plain);
}

/** @returns the counts, or `undefined` when they are not those sealed there. */
export function openCounts(key: Uint8Array, place: CountsPlace, sealed: Uint8Array): readonly number[] | undefined {
  const plain = aesGcm.open(attemptKey(key, place), new Uint8Array(nonceLength), associated(place), sealed);
  if (plain === undefined || plain.length % 8 !== 0) return undefined;
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
  return Array.from({ length: plain.length / 8 }, (_, i) => Number(view.getBigUint64(i * 8)));
}

/**
 * What a realm says that its program counted, held to the policy: a whole number for each counter.
 * @throws {SealfoldError} BUG when it is anything else, for the realm's own code made it
 */
export function expectCounters({ document }: Policy, realm: ProgramRealm): readonly number[] {
  if (document.counters.length === 0) return [];
  const counts = realm.counts();
  const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && (count as number) >= 0;
  if (counts.length === document.counters.length && counts.every(isCount)) return counts;
  throw new SealfoldError("BUG", "a realm's counters are not those of the policy");
}

/** A key for one attempt: the nonce can then be zero. */
function attemptKey(key: Uint8Array, { attempt }: CountsPlace): Uint8Array {
  return hkdf(key, context("counts", attempt));
}

function associated({ jobId, certId, attempt }: CountsPlace): Uint8Array {
  return context("counts", jobId, certId, attempt);
}
