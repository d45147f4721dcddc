/**
 * A secret in shares, any `threshold` of which give it back and fewer of which say nothing (Shamir), with commitments to
 * the polynomial's coefficients by which each share is checked alone (Feldman; RFC 9591 appendix C). The arithmetic is
 * that of @noble/curves' trusted dealer over the scalars of edwards25519, which wants two holders or more: where one share
 * is enough, each is the secret itself, which a hash commits to, and no curve is needed. What is needed by few is loaded
 * where it is: every sandbox has this file.
 */

import type { ed25519_FROST } from "@noble/curves/ed25519.js";

import { equalBytes, expectLength, type RandomSource } from "./bytes.ts";
import { context } from "./context.ts";
import { sha256 } from "./hash.ts";

/** Bytes of a share, of a commitment, and of the secret. */
export const shareLength = 32;

/** How many shares there are, and how many of them are enough. */
export interface Sharing {
  readonly threshold: number;
  readonly holders: number;
}

/** A secret that was dealt. */
export interface DealtSecret {
  /** 32 bytes: random, where more than one share is needed a scalar that is not zero. Keys are derived from it. */
  readonly secret: Uint8Array;
  /** Public: one point of 32 bytes for each of `threshold` coefficients; of one alone, its hash. */
  readonly commitments: readonly Uint8Array[];
  /** The holders' shares, in their order. */
  readonly shares: readonly Uint8Array[];
}

/** Rejects with a RangeError unless 1 ≤ threshold ≤ holders. */
export async function dealShares(sharing: Sharing, random: RandomSource): Promise<DealtSecret> {
  const { threshold, holders } = expectSharing(sharing);
  const source = (length = 32): Uint8Array<ArrayBuffer> => Uint8Array.from(random(length));
  if (threshold === 1) {
    const secret = source();
    const shares = Array.from({ length: holders }, () => Uint8Array.from(secret));
    return { secret, commitments: [hashOf(secret)], shares };
  }
  const frost = await dealer();
  const secret = frost.utils.randomScalar(source);
  const identifiers = Array.from({ length: holders }, (_, holder) => identifierOf(frost, holder));
  const dealt = frost.trustedDealer({ min: threshold, max: holders }, identifiers, secret, source);
  const shares = identifiers.map((identifier) => dealt.secretShares[identifier]?.signingShare ?? new Uint8Array());
  return { secret, commitments: dealt.public.commitments, shares };
}

/**
 * @param holder - whose share it is, counted from 0
 * @returns whether `share` is what the dealer of `commitments` gave to this holder; anything malformed is a "no"
 */
export async function isShare(share: Uint8Array, holder: number, commitments: readonly Uint8Array[]): Promise<boolean> {
  const frost = commitments.length > 1 ? await dealer() : undefined;
  try {
    expectLength("share", share, shareLength);
    const [only] = commitments;
    if (only === undefined) return false;
    if (frost === undefined) return equalBytes(hashOf(share), only);
    const signers = { min: commitments.length, max: Math.max(commitments.length, holder + 1) };
    const secret = { identifier: identifierOf(frost, holder), signingShare: share };
    frost.validateSecret(secret, { signers, commitments: [...commitments], verifyingShares: {} });
    return true;
  } catch {
    return false; // no scalar, no point, or not on this polynomial
  }
}

/**
 * @param shares - by holder, each one checked; as many as the threshold, or more
 * @returns the secret, 32 bytes, owned by the caller; rejects with a RangeError when there are too few
 */
export async function combineShares(shares: ReadonlyMap<number, Uint8Array>, sharing: Sharing): Promise<Uint8Array> {
  const { threshold, holders } = expectSharing(sharing);
  if (shares.size < threshold) throw new RangeError(`"shares" expected ${threshold} or more, got ${shares.size}`);
  const [first] = shares.values();
  if (threshold === 1 && first !== undefined) return Uint8Array.from(first);
  const frost = await dealer();
  const given = [...shares].map(([holder, signingShare]) => ({
    identifier: identifierOf(frost, holder),
    signingShare,
  }));
  return frost.combineSecret(given, { min: threshold, max: holders });
}

/** The commitment to a secret that is not shared but given: 32 random bytes hide behind their hash. */
function hashOf(secret: Uint8Array): Uint8Array {
  return sha256(context("single share", secret));
}

type Dealer = typeof ed25519_FROST;

async function dealer(): Promise<Dealer> {
  return (await import("@noble/curves/ed25519.js")).ed25519_FROST;
}

/** Holders stand at 1, 2, 3…: at 0 stands the secret. */
function identifierOf(frost: Dealer, holder: number): string {
  return frost.Identifier.fromNumber(holder + 1);
}

function expectSharing(sharing: Sharing): Sharing {
  const { threshold, holders } = sharing;
  if (Number.isSafeInteger(threshold) && threshold >= 1 && Number.isSafeInteger(holders) && threshold <= holders) {
    return sharing;
  }
  throw new RangeError(`"sharing" expected 1 to ${holders} of ${holders}, got ${threshold}`);
}
