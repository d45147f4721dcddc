/**
 * One-way channels: pattern N of the Noise Protocol Framework, revision 34, §7.4, for what is stored and forwarded. The
 * sender is anonymous: who sent must be said by a signature, and the recipient's key must come from evidence.
 */

import type { RandomSource } from "../crypto/bytes.ts";
import type { ExchangeKey, ExchangePublicKey } from "../crypto/exchange.ts";
import { systemRandom } from "../crypto/random.ts";
import { SealfoldError } from "../errors.ts";
import { initiate, respond } from "./handshake.ts";
import type { Transport } from "./transport.ts";

/** Bytes of the longest payload that one message seals. */
export const oneWayPayloadLimit = 65487; // 65535 less the ephemeral key and the tag

/** Bytes by which a sealed message is longer than its payload. */
export const oneWayOverhead = 48;

/** Keys that only the beginner of a one-way channel and its recipient can derive. */
export interface OneWayKeys {
  /**
   * @param info - a labelled context that says what the key is for
   * @returns 32 bytes, owned by the caller
   */
  key(info: Uint8Array): Uint8Array;
  /** Overwrites the secret. Every later `key` throws. */
  destroy(): void;
}

/**
 * Seals one payload to one recipient, under a new ephemeral key each time.
 * @param payload - at most 65487 bytes
 * @returns 48 bytes more than `payload`
 * @throws {RangeError} when `payload` is too long
 * @throws {SealfoldError} CHANNEL_HANDSHAKE when the recipient's key is of small order
 */
export function sealOneWay(
  recipient: ExchangePublicKey,
  prologue: Uint8Array,
  payload: Uint8Array,
  random: RandomSource = systemRandom,
): Uint8Array {
  const { message, channel } = begin(recipient, prologue, { payload, random });
  channel.close();
  return message;
}

/** @throws {SealfoldError} CHANNEL_HANDSHAKE unless `message` was sealed to `recipient` with this prologue, and is whole. */
export function openOneWay(recipient: ExchangeKey, prologue: Uint8Array, message: Uint8Array): Uint8Array {
  const { payload, channel } = accept(recipient, prologue, message);
  channel.close();
  return payload;
}

/**
 * Begins a one-way channel for keys alone.
 * @returns the 48 bytes from which the recipient derives the same keys, and the keys
 * @throws {SealfoldError} CHANNEL_HANDSHAKE when the recipient's key is of small order
 */
export function beginOneWay(
  recipient: ExchangePublicKey,
  prologue: Uint8Array,
  random: RandomSource = systemRandom,
): OneWayKeys & { readonly message: Uint8Array } {
  const { message, channel } = begin(recipient, prologue, { payload: new Uint8Array(0), random });
  return { message, ...keysOf(channel) };
}

/** @throws {SealfoldError} CHANNEL_HANDSHAKE unless `message` came from `beginOneWay` with this recipient and prologue. */
export function acceptOneWay(recipient: ExchangeKey, prologue: Uint8Array, message: Uint8Array): OneWayKeys {
  const { payload, channel } = accept(recipient, prologue, message);
  if (payload.length > 0) {
    channel.close();
    throw new SealfoldError("CHANNEL_HANDSHAKE", "the message carries a payload where none belongs");
  }
  return keysOf(channel);
}

function begin(
  recipient: ExchangePublicKey,
  prologue: Uint8Array,
  what: { readonly payload: Uint8Array; readonly random: RandomSource },
): { message: Uint8Array; channel: Transport } {
  const handshake = initiate({ pattern: "N", prologue, remoteStatic: recipient, random: what.random });
  const message = handshake.writeMessage(what.payload);
  return { message, channel: handshake.finish() };
}

function accept(
  recipient: ExchangeKey,
  prologue: Uint8Array,
  message: Uint8Array,
): { payload: Uint8Array; channel: Transport } {
  const handshake = respond({ pattern: "N", prologue, staticKey: recipient });
  const payload = handshake.readMessage(message);
  return { payload, channel: handshake.finish() };
}

function keysOf(channel: Transport): OneWayKeys {
  return { key: (info) => channel.deriveKey(info), destroy: () => channel.close() };
}
