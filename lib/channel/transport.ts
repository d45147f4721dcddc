/** Transport messages of the Noise Protocol Framework, revision 34, §5.1 and §5.3: what a handshake turns into. */

import { context } from "../crypto/context.ts";
import { tagLength } from "../crypto/aead.ts";
import type { ExchangePublicKey } from "../crypto/exchange.ts";
import { hkdf } from "../crypto/hash.ts";
import { SealfoldError } from "../errors.ts";
import { type CipherState, messageLimit } from "./cipher-state.ts";

/** Bytes of the longest plaintext in one message. */
export const plaintextLimit = 65519; // 65535 less the tag

/** Bytes of the longest plaintext of `sendLong` and `receiveLong` where the caller names no other bound. */
const longLimit: number = 64 * 1024 * 1024;

/** What a channel is made of; it owns the secrets and wipes them. */
export interface TransportParts {
  readonly sending: CipherState | undefined;
  readonly receiving: CipherState | undefined;
  readonly exporterSecret: Uint8Array;
  readonly handshakeHash: Uint8Array;
  readonly remoteStatic: ExchangePublicKey | undefined;
}

export interface LongOptions {
  /** Associated data of the whole, not sent: both sides must give the same. */
  readonly data?: Uint8Array;
  /** Bytes of plaintext, {@link longLimit} where left out. */
  readonly maxBytes?: number;
}

const empty = new Uint8Array(0);

/**
 * A channel: messages arrive in order, once and whole, or not at all. Whoever reads from a channel that ended must have
 * been told inside a message that it was the last: cutting off the end is not noticed here (§14, session termination).
 */
export class Transport {
  readonly #sending: CipherState | undefined;
  readonly #receiving: CipherState | undefined;
  readonly #exporterSecret: Uint8Array;
  /** `h` at the end of the handshake: the same on both sides, and in no other channel. */
  readonly handshakeHash: Uint8Array;
  /** The peer's authenticated static key, where the pattern has one. */
  readonly remoteStatic: ExchangePublicKey | undefined;
  #closed = false;

  constructor(parts: TransportParts) {
    this.#sending = parts.sending;
    this.#receiving = parts.receiving;
    this.#exporterSecret = parts.exporterSecret;
    this.handshakeHash = parts.handshakeHash;
    this.remoteStatic = parts.remoteStatic;
  }

  /**
   * @param plaintext - at most 65519 bytes
   * @param data - associated data, not sent: the peer must give the same
   * @returns the message, 16 bytes longer
   * @throws {RangeError} when `plaintext` is too long, or no nonce is left
   * @throws {TypeError} when this side of the pattern never sends, or the channel is closed
   */
  send(plaintext: Uint8Array, data: Uint8Array = empty): Uint8Array {
    if (plaintext.length > plaintextLimit) {
      throw new RangeError(`"plaintext" expected at most ${plaintextLimit} bytes, got ${plaintext.length}`);
    }
    return this.#open(this.#sending, "send").encryptWithAd(data, plaintext);
  }

  /**
   * @returns the plaintext of the peer's next message
   * @throws {SealfoldError} CHANNEL_MESSAGE when `sealed` is not it; nothing is changed
   * @throws {RangeError} when no nonce is left
   * @throws {TypeError} when this side of the pattern never receives, or the channel is closed
   */
  receive(sealed: Uint8Array, data: Uint8Array = empty): Uint8Array {
    const receiving = this.#open(this.#receiving, "receive");
    if (sealed.length > messageLimit) throw refusal();
    const plaintext = receiving.decryptWithAd(data, sealed);
    if (plaintext === undefined) throw refusal();
    return plaintext;
  }

  /**
   * Sends what may be longer than one Noise message: pieces of 65519 bytes, each a message of its own that is bound to
   * its number and to the number of pieces, so that neither an end nor a piece can be cut off, added or moved.
   * @returns all messages, one after the other; 16 bytes longer per piece begun
   * @throws {RangeError} when `plaintext` is longer than `maxBytes`
   */
  sendLong(plaintext: Uint8Array, options: LongOptions = {}): Uint8Array {
    const { data = empty, maxBytes = longLimit } = options;
    if (plaintext.length > maxBytes) {
      throw new RangeError(`"plaintext" expected at most ${maxBytes} bytes, got ${plaintext.length}`);
    }
    const pieces = Math.max(1, Math.ceil(plaintext.length / plaintextLimit));
    const sealed = new Uint8Array(plaintext.length + pieces * tagLength);
    for (let piece = 0; piece < pieces; piece++) {
      const part = plaintext.subarray(piece * plaintextLimit, (piece + 1) * plaintextLimit);
      sealed.set(this.send(part, pieceData(data, piece, pieces)), piece * messageLimit);
    }
    return sealed;
  }

  /**
   * @returns what the peer gave to `sendLong`
   * @throws {SealfoldError} CHANNEL_MESSAGE when `sealed` is not the peer's next long message whole, or longer than
   * `maxBytes`; nothing is changed
   */
  receiveLong(sealed: Uint8Array, options: LongOptions = {}): Uint8Array {
    const { data = empty, maxBytes = longLimit } = options;
    const receiving = this.#open(this.#receiving, "receive");
    const pieces = Math.ceil(sealed.length / messageLimit);
    const length = sealed.length - pieces * tagLength;
    const lastLength = sealed.length - (pieces - 1) * messageLimit;
    if (pieces === 0 || lastLength < tagLength || length > maxBytes) throw refusal();
    const plaintext = new Uint8Array(length);
    const { nonce } = receiving;
    for (let piece = 0; piece < pieces; piece++) {
      const part = sealed.subarray(piece * messageLimit, (piece + 1) * messageLimit);
      const opened = receiving.decryptWithAd(pieceData(data, piece, pieces), part);
      if (opened === undefined) {
        receiving.setNonce(nonce);
        plaintext.fill(0);
        throw refusal();
      }
      plaintext.set(opened, piece * plaintextLimit);
    }
    return plaintext;
  }

  /** Replaces the sending key (§11.3). The peer calls {@link Transport.rekeyReceiving} at the same message. */
  rekeySending(): void {
    this.#open(this.#sending, "send").rekey();
  }

  /** Replaces the receiving key (§11.3). */
  rekeyReceiving(): void {
    this.#open(this.#receiving, "receive").rekey();
  }

  /**
   * A key that only the two ends of this channel can derive: HKDF-SHA-256 of the third output of `Split`'s HKDF, salted
   * with the handshake hash.
   * @param info - a labelled context
   * @returns 32 bytes, owned by the caller, the same on both sides
   */
  deriveKey(info: Uint8Array): Uint8Array {
    if (this.#closed) throw new TypeError("expected a channel that is not closed");
    return hkdf(this.#exporterSecret, info, 32, this.handshakeHash);
  }

  /** Overwrites the keys. Every later use throws. */
  close(): void {
    this.#closed = true;
    this.#sending?.destroy();
    this.#receiving?.destroy();
    this.#exporterSecret.fill(0);
  }

  #open(cipher: CipherState | undefined, verb: "send" | "receive"): CipherState {
    if (this.#closed) throw new TypeError("expected a channel that is not closed");
    if (cipher === undefined) throw new TypeError(`expected a pattern in which this side may ${verb}`); // §7.4
    return cipher;
  }
}

function pieceData(data: Uint8Array, piece: number, pieces: number): Uint8Array {
  return context("channel", "piece", piece, pieces, data);
}

function refusal(): SealfoldError {
  return new SealfoldError("CHANNEL_MESSAGE");
}
