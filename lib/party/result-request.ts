/** A receiver's request for a result, and the opening of what it gets. */

import { fromBase64url, fromUtf8, toBase64url } from "../crypto/bytes.ts";
import { ExchangeKey } from "../crypto/exchange.ts";
import type { Digest } from "../crypto/hash.ts";
import type { Json } from "../data/canonical.ts";
import { SealfoldError } from "../errors.ts";
import { openOneWay } from "../channel/one-way.ts";
import { diagnosticsPrologue, wrapPrologue } from "../identity/channel-binding.ts";
import type { Policy } from "../policy/policy.ts";
import { parseRequest, type Request, verifyRequest } from "../proof/request.ts";
import { parseTransfer, type Transfer } from "../proof/transfer.ts";

/** A receiver's open request: the only thing that can open its result, under the key that it has now. */
export class ResultRequest {
  readonly receiver: string;
  readonly policy: Policy;
  #signed: Request;
  #transfer: Transfer | undefined;
  #key: ExchangeKey;
  #isAnswered = false;

  constructor(receiver: string, policy: Policy, signed: Request, key: ExchangeKey) {
    this.receiver = receiver;
    this.policy = policy;
    this.#signed = signed;
    this.#key = key;
  }

  /**
   * @param kept - what {@link ResultRequest.export} gave
   * @throws {SealfoldError} REQUEST when it is not a request of this receiver's under this policy
   */
  static of(receiver: string, policy: Policy, kept: Json): ResultRequest {
    const { signed, transfer, key } = kept as Readonly<Record<string, Json | undefined>>;
    const request = parseRequest(signed);
    verifyRequest(policy, request);
    const secret = ExchangeKey.fromSecret(fromBase64url(typeof key === "string" ? key : "", 32));
    const asked = new ResultRequest(receiver, policy, request, secret);
    if (transfer !== null) asked.#transfer = parseTransfer(transfer);
    const own = asked.#transfer?.document.key ?? request.document.key;
    if (request.document.receiver !== receiver || own !== toBase64url(secret.publicKey)) {
      throw new SealfoldError("REQUEST", "a kept request is not this receiver's", { party: receiver });
    }
    return asked;
  }

  /** @returns all that opens the result, in clear: for the receiver's own keeping, and nobody else. */
  export(): Json {
    return {
      signed: this.#signed,
      transfer: this.#transfer ?? null,
      key: toBase64url(this.#key.exportSecret()),
    };
  }

  /** What the broker is to be given. */
  get signed(): Request {
    return this.#signed;
  }

  /** What a successor is to be given beside it; undefined while it is with the broker that it was made to. */
  get transfer(): Transfer | undefined {
    return this.#transfer;
  }

  /** 32 bytes. */
  get nonce(): Uint8Array {
    return fromBase64url(this.#signed.document.nonce, 32);
  }

  /** Whether its result was opened. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Its result was opened: from now on it is neither moved nor asked again, so that nothing else can answer it. */
  answered(): void {
    this.#isAnswered = true;
  }

  /** The same request at another broker, under a new key: the one before it opens nothing any more. */
  move(transfer: Transfer, key: ExchangeKey): void {
    this.#expectOpen();
    this.#key.destroy();
    this.#transfer = transfer;
    this.#key = key;
  }

  /** Another request in its place: nothing that was asked before is opened any more. */
  renew(signed: Request, key: ExchangeKey): void {
    this.#expectOpen();
    this.#key.destroy();
    this.#signed = signed;
    this.#transfer = undefined;
    this.#key = key;
  }

  /** @returns the result key that the broker wrapped for this request, or `undefined`. */
  unwrap(jobId: Digest, output: string, wrap: string): Uint8Array | undefined {
    try {
      return openOneWay(this.#key, wrapPrologue(jobId, output, this.receiver), fromBase64url(wrap));
    } catch {
      return undefined; // whoever asks says what was redirected or altered
    }
  }

  /** @returns a program's failure text sealed to this reader, or `undefined`. */
  readDiagnostics(jobId: Digest, sealed: string): string | undefined {
    try {
      return fromUtf8(openOneWay(this.#key, diagnosticsPrologue(jobId, this.receiver), fromBase64url(sealed))).replace(
        /\0+$/,
        "",
      );
    } catch {
      return undefined; // sealed to somebody else, or altered on its way
    }
  }

  #expectOpen(): void {
    if (!this.#isAnswered) return;
    throw new SealfoldError("REQUEST", "a request that was answered is neither moved nor asked again", {
      party: this.receiver,
    });
  }
}
