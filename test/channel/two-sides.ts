/** Both sides of a handshake in any pattern, each with its own keys, as the tests of this room need them. */

import { expect } from "chai";

import { type Handshake, initiate, respond } from "../../lib/channel/handshake.ts";
import type { HandshakeOptions } from "../../lib/channel/handshake-options.ts";
import { type PatternName, patterns, type Side, usesStatic } from "../../lib/channel/patterns.ts";
import type { Transport } from "../../lib/channel/transport.ts";
import { utf8 } from "../../lib/crypto/bytes.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import { type ErrorCode, SealfoldError } from "../../lib/errors.ts";

export const allPatterns: readonly PatternName[] = Object.keys(patterns) as PatternName[];
export const initiatorKey: ExchangeKey = ExchangeKey.fromSecret(new Uint8Array(32).fill(1));
export const responderKey: ExchangeKey = ExchangeKey.fromSecret(new Uint8Array(32).fill(2));

export interface Pair {
  readonly initiator: Handshake;
  readonly responder: Handshake;
}

/** @param more - options that one side has besides its keys and the prologue, or instead of them */
export function optionsOf(pattern: PatternName, side: Side, more: Partial<HandshakeOptions> = {}): HandshakeOptions {
  const other = side === "initiator" ? "responder" : "initiator";
  const [ours, theirs] = side === "initiator" ? [initiatorKey, responderKey] : [responderKey, initiatorKey];
  return {
    pattern,
    prologue: utf8("test"),
    ...(usesStatic(patterns[pattern], side) && { staticKey: ours }),
    ...(patterns[pattern].known.includes(other) && { remoteStatic: theirs.publicKey }),
    ...more,
  };
}

export function pairOf(pattern: PatternName, more: { [side in Side]?: Partial<HandshakeOptions> } = {}): Pair {
  return {
    initiator: initiate(optionsOf(pattern, "initiator", more.initiator)),
    responder: respond(optionsOf(pattern, "responder", more.responder)),
  };
}

/** Exchanges `count` messages without payloads, all of them where left out. @returns the messages */
export function exchange(pair: Pair, count = Infinity): Uint8Array[] {
  const messages: Uint8Array[] = [];
  while (messages.length < count && !pair.initiator.isComplete) {
    const [sender, receiver] = inTurn(pair, messages.length);
    const message = sender.writeMessage();
    receiver.readMessage(message);
    messages.push(message);
  }
  return messages;
}

/** @returns sender and receiver of the message with this number. */
export function inTurn(pair: Pair, message: number): [Handshake, Handshake] {
  return message % 2 === 0 ? [pair.initiator, pair.responder] : [pair.responder, pair.initiator];
}

/** @returns both ends of a new channel. */
export function channelOf(pattern: PatternName): [Transport, Transport] {
  const pair = pairOf(pattern);
  exchange(pair);
  return [pair.initiator.finish(), pair.responder.finish()];
}

/** @returns a copy of `bytes` in which one bit of the byte at `index` is different. */
export function altered(bytes: Uint8Array, index: number, bit = 0x01): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ bit;
  return copy;
}

/** Holds that `work` fails with a {@link SealfoldError} of this code. */
export function expectCode(work: () => unknown, code: ErrorCode): void {
  try {
    work();
  } catch (error) {
    expect(error).to.be.instanceOf(SealfoldError);
    expect((error as SealfoldError).code).to.equal(code);
    return;
  }
  expect.fail(`expected ${code}, and nothing was thrown`);
}
