/** What a side brings to a handshake (Noise Protocol Framework, revision 34, §5.3), and which keys it must bring. */

import { expectLength, type RandomSource } from "../crypto/bytes.ts";
import type { ExchangeKey, ExchangePublicKey } from "../crypto/exchange.ts";
import type { HashName } from "../crypto/hash.ts";
import type { CipherName } from "./cipher-state.ts";
import { type Pattern, type PatternName, type Side, usesStatic } from "./patterns.ts";

/**
 * Judges the peer: returning accepts it, throwing refuses it, and what is thrown reaches the caller of `readMessage`.
 * It is asked once, by the first message that was read with the peer's static key known (in XX, the message that
 * brings it). In a pattern whose peer has no static key it is never asked.
 */
export type Accept = (remoteStatic: ExchangePublicKey, payload: Uint8Array, handshakeHash: Uint8Array) => void;

export interface HandshakeOptions {
  readonly pattern: PatternName;
  /** @defaultValue "AESGCM" */
  readonly cipher?: CipherName;
  /** @defaultValue "SHA256" */
  readonly hash?: HashName;
  /** What both sides must agree on beforehand: a labelled context. */
  readonly prologue: Uint8Array;
  /** Ours, exactly where the pattern uses one. Not destroyed. */
  readonly staticKey?: ExchangeKey;
  /** The peer's, exactly where the pattern has it known beforehand. */
  readonly remoteStatic?: ExchangePublicKey;
  /** For published vectors only: a key that is used twice gives everything away. */
  readonly ephemeral?: ExchangeKey;
  readonly random?: RandomSource;
  readonly accept?: Accept;
  /** For published vectors only: lets every message carry a payload. */
  readonly allowEarlyPayloads?: boolean;
}

/** @throws {TypeError} when a key is missing that the pattern needs, or given that it does not use. */
export function expectKeys(pattern: Pattern, side: Side, options: HandshakeOptions): void {
  const other = side === "initiator" ? "responder" : "initiator";
  expectGiven(`staticKey of the ${side} of ${options.pattern}`, options.staticKey, usesStatic(pattern, side));
  expectGiven(`remoteStatic of the ${side} of ${options.pattern}`, options.remoteStatic, pattern.known.includes(other));
  if (options.remoteStatic !== undefined) expectLength("remoteStatic", options.remoteStatic, 32);
  if (options.accept !== undefined && !usesStatic(pattern, other)) {
    throw new TypeError(`"accept" expected a pattern whose ${other} has a static key`); // it would never be asked
  }
}

function expectGiven(name: string, value: unknown, expected: boolean): void {
  if ((value !== undefined) === expected) return;
  throw new TypeError(`"${name}" expected ${expected ? "a key" : "nothing"}, got ${expected ? "nothing" : "a key"}`);
}
