/** The HandshakeState object of the Noise Protocol Framework, revision 34, §5.3. Bytes in, bytes out. */

import { concat } from "../crypto/bytes.ts";
import { ExchangeKey, exchangePublicKey, type ExchangePublicKey, type SharedSecret } from "../crypto/exchange.ts";
import { systemRandom } from "../crypto/random.ts";
import { SealfoldError } from "../errors.ts";
import { messageLimit } from "./cipher-state.ts";
import { expectKeys, type HandshakeOptions } from "./handshake-options.ts";
import { isOneWay, type Pattern, patterns, senderOf, type Side, type Token } from "./patterns.ts";
import { SymmetricState } from "./symmetric-state.ts";
import { Transport } from "./transport.ts";

/** What has been agreed so far: replaced as a whole when a message succeeds, dropped as a whole when it fails. */
interface Progress {
  readonly symmetric: SymmetricState;
  ephemeral: ExchangeKey | undefined;
  remoteEphemeral: ExchangePublicKey | undefined;
  remoteStatic: ExchangePublicKey | undefined;
  accepted: boolean;
}

const empty = new Uint8Array(0);
const publicKeyLength = 32; // DHLEN of 25519, §12.1

/** @throws {TypeError} when `options` lack a key that the pattern needs, or have one that it does not use. */
export function initiate(options: HandshakeOptions): Handshake {
  return new Handshake("initiator", options);
}

/** @throws {TypeError} when `options` lack a key that the pattern needs, or have one that it does not use. */
export function respond(options: HandshakeOptions): Handshake {
  return new Handshake("responder", options);
}

/** One side of one handshake. Read and write in turn until {@link Handshake.isComplete}, then {@link Handshake.finish}. */
export class Handshake {
  readonly #side: Side;
  readonly #options: HandshakeOptions;
  readonly #pattern: Pattern;
  #progress: Progress;
  #message = 0;
  #over = false;

  constructor(side: Side, options: HandshakeOptions) {
    this.#side = side;
    this.#options = options;
    this.#pattern = patterns[options.pattern];
    expectKeys(this.#pattern, side, options);
    const symmetric = SymmetricState.initialize(options.pattern, options.cipher ?? "AESGCM", options.hash ?? "SHA256");
    symmetric.mixHash(options.prologue);
    const { remoteStatic } = options;
    this.#progress = { symmetric, ephemeral: undefined, remoteEphemeral: undefined, remoteStatic, accepted: false };
    for (const known of this.#pattern.known) {
      symmetric.mixHash((known === side ? options.staticKey?.publicKey : remoteStatic) ?? empty);
    }
  }

  /** Whether all messages of the pattern have been exchanged. */
  get isComplete(): boolean {
    return this.#message === this.#pattern.messages.length;
  }

  /**
   * @returns the next message, at most 65535 bytes
   * @throws {TypeError} when it is not this side's turn, or the pattern does not protect a payload here
   * @throws {RangeError} when the message would be too long
   * @throws {SealfoldError} CHANNEL_HANDSHAKE when the peer's key is not a usable one
   */
  writeMessage(payload: Uint8Array = empty): Uint8Array {
    const tokens = this.#tokensOf(this.#side);
    if (payload.length > 0 && !this.#mayCarryPayload) {
      throw new TypeError(`"payload" expected nothing in message ${this.#message + 1} of ${this.#options.pattern}`);
    }
    return this.#attempt((progress) => {
      const parts = tokens.map((token) => this.#writeToken(progress, token));
      const message = concat(...parts, progress.symmetric.encryptAndHash(payload));
      if (message.length > messageLimit) {
        throw new RangeError(`"payload" expected a message of at most ${messageLimit} bytes, got ${message.length}`);
      }
      return message;
    });
  }

  /**
   * @returns the payload
   * @throws {TypeError} when it is not the peer's turn
   * @throws {SealfoldError} CHANNEL_HANDSHAKE when `message` is not the peer's next message of this handshake; nothing
   * is changed, and the right message can still be read
   * @throws whatever `accept` throws; nothing is changed
   */
  readMessage(message: Uint8Array): Uint8Array {
    const tokens = this.#tokensOf(this.#side === "initiator" ? "responder" : "initiator");
    if (message.length > messageLimit) throw refusal("the message is too long");
    return this.#attempt((progress) => {
      let at = 0;
      for (const token of tokens) at += this.#readToken(progress, token, message.subarray(at));
      const payload = progress.symmetric.decryptAndHash(message.subarray(at));
      if (payload === undefined) throw refusal("the message is not authentic");
      if (payload.length > 0 && !this.#mayCarryPayload) throw refusal("the message carries a payload too early");
      this.#accept(progress, payload);
      return payload;
    });
  }

  /**
   * @returns the channel. It can be asked for once: this object keeps no secret afterwards.
   * @throws {TypeError} before {@link Handshake.isComplete}, or the second time
   */
  finish(): Transport {
    if (!this.isComplete || this.#over) throw new TypeError("expected a complete handshake, finished once");
    const { symmetric, remoteStatic } = this.#progress;
    const keys = symmetric.split();
    const initiator = this.#side === "initiator";
    const [sending, receiving] = initiator
      ? [keys.initiatorToResponder, keys.responderToInitiator]
      : [keys.responderToInitiator, keys.initiatorToResponder];
    const unused = isOneWay(this.#pattern) ? keys.responderToInitiator : undefined; // §7.4: one direction only
    unused?.destroy();
    this.abandon();
    return new Transport({
      sending: sending === unused ? undefined : sending,
      receiving: receiving === unused ? undefined : receiving,
      exporterSecret: keys.exporterSecret,
      handshakeHash: symmetric.handshakeHash,
      remoteStatic,
    });
  }

  /** Overwrites the secrets of a handshake that is given up. Every later use throws. */
  abandon(): void {
    this.#over = true;
    this.#progress.symmetric.destroy();
    this.#progress.ephemeral?.destroy();
  }

  get #mayCarryPayload(): boolean {
    const isLast = this.#message === this.#pattern.messages.length - 1;
    return this.#options.allowEarlyPayloads === true || (isLast && this.#pattern.payload);
  }

  #tokensOf(side: Side): readonly Token[] {
    const tokens = this.#pattern.messages[this.#message];
    if (tokens === undefined || this.#over) throw new TypeError("expected a handshake that is not over");
    if (senderOf(this.#message) !== side) throw new TypeError("expected the other side's turn");
    return tokens;
  }

  /** Works on a copy, so that a failure leaves this handshake as it was. */
  #attempt(work: (progress: Progress) => Uint8Array): Uint8Array {
    const before = this.#progress;
    const after = { ...before, symmetric: before.symmetric.clone() };
    try {
      const result = work(after);
      this.#progress = after;
      this.#message += 1;
      before.symmetric.destroy();
      return result;
    } catch (error) {
      after.symmetric.destroy();
      if (after.ephemeral !== before.ephemeral && this.#options.ephemeral === undefined) after.ephemeral?.destroy();
      throw error;
    }
  }

  #writeToken(progress: Progress, token: Token): Uint8Array {
    const { random = systemRandom, ephemeral, staticKey } = this.#options;
    if (token === "e") {
      progress.ephemeral = ephemeral ?? ExchangeKey.generate(random);
      progress.symmetric.mixHash(progress.ephemeral.publicKey);
      return progress.ephemeral.publicKey;
    }
    if (token === "s") return progress.symmetric.encryptAndHash(staticKey?.publicKey ?? empty);
    this.#mixSharedSecret(progress, token);
    return empty;
  }

  /** @returns the number of bytes that the token takes of `rest`. */
  #readToken(progress: Progress, token: Token, rest: Uint8Array): number {
    const { symmetric } = progress;
    if (token !== "e" && token !== "s") {
      this.#mixSharedSecret(progress, token);
      return 0;
    }
    const length = publicKeyLength + (token === "s" ? symmetric.overhead : 0);
    if (rest.length < length) throw refusal("the message is too short");
    const bytes = rest.slice(0, length);
    if (token === "e") {
      progress.remoteEphemeral = exchangePublicKey(bytes);
      symmetric.mixHash(bytes);
      return length;
    }
    const key = symmetric.decryptAndHash(bytes);
    if (key === undefined) throw refusal("the message is not authentic");
    progress.remoteStatic = exchangePublicKey(key);
    return length;
  }

  #mixSharedSecret(progress: Progress, token: "ee" | "es" | "se" | "ss"): void {
    const [ours, theirs] = this.#side === "initiator" ? [token[0], token[1]] : [token[1], token[0]];
    const key = ours === "e" ? progress.ephemeral : this.#options.staticKey;
    const remote = theirs === "e" ? progress.remoteEphemeral : progress.remoteStatic;
    if (key === undefined || remote === undefined) throw new TypeError(`expected the keys of "${token}"`);
    const secret = sharedSecret(key, remote);
    progress.symmetric.mixKey(secret);
    secret.fill(0);
  }

  #accept(progress: Progress, payload: Uint8Array): void {
    if (progress.accepted || progress.remoteStatic === undefined) return;
    this.#options.accept?.(progress.remoteStatic, payload, progress.symmetric.handshakeHash);
    progress.accepted = true;
  }
}

function sharedSecret(key: ExchangeKey, remote: ExchangePublicKey): SharedSecret {
  try {
    return key.diffieHellman(remote);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SealfoldError("CHANNEL_HANDSHAKE", "the peer's key is of small order", {}, { cause });
  }
}

function refusal(detail: string): SealfoldError {
  return new SealfoldError("CHANNEL_HANDSHAKE", detail);
}
