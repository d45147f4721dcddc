/**
 * What ties a channel to identities: Noise prologues that both ends must know, and the statement by which a party's
 * policy key vouches for the key it uses on a channel.
 */

import { context } from "../crypto/context.ts";
import type { ExchangePublicKey } from "../crypto/exchange.ts";
import type { Digest } from "../crypto/hash.ts";

/** The prologue of Noise XX between a party and the broker. */
export function partyPrologue(policyHash: Digest): Uint8Array {
  return context("channel", "party", policyHash);
}

/** What a party signs in XX message 3: its own static key, for this broker's static key, under this policy. */
export function partyKeyContext(
  policyHash: Digest,
  party: string,
  own: ExchangePublicKey,
  broker: ExchangePublicKey,
): Uint8Array {
  return context("party key", policyHash, party, own, broker);
}

/** The prologue of Noise KK between the broker and a mapper or reducer: the job, and both ends' evidence. */
export function memberPrologue(policyHash: Digest, jobId: Digest, broker: Digest, member: Digest): Uint8Array {
  return context("channel", "member", policyHash, jobId, broker, member);
}

/** The prologue of Noise N that carries a result key to one receiver. */
export function wrapPrologue(jobId: Digest, output: string, receiver: string): Uint8Array {
  return context("wrap", jobId, output, receiver);
}

/** The prologue of Noise N that carries a program's failure text to one diagnostics reader. */
export function diagnosticsPrologue(jobId: Digest, reader: string): Uint8Array {
  return context("diagnostics", jobId, reader);
}

/** The prologue of Noise N that carries map output to a partition. */
export function cellPrologue(jobId: Digest, partition: number): Uint8Array {
  return context("cell", jobId, partition);
}
