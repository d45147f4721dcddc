/** A receiver's request for a result, and the opening of what it gets. */

import { fromBase64url, fromUtf8 } from "../crypto/bytes.ts";
import type { ExchangeKey } from "../crypto/exchange.ts";
import type { Digest } from "../crypto/hash.ts";
import { openOneWay } from "../channel/one-way.ts";
import { diagnosticsPrologue, wrapPrologue } from "../identity/channel-binding.ts";
import type { Policy } from "../policy/policy.ts";
import type { Request } from "../proof/request.ts";

/** A receiver's open request: the only thing that can open its result. */
export class ResultRequest {
  readonly receiver: string;
  readonly policy: Policy;
  readonly signed: Request;
  readonly nonce: Uint8Array;
  readonly #key: ExchangeKey;

  constructor(receiver: string, policy: Policy, signed: Request, nonce: Uint8Array, key: ExchangeKey) {
    this.receiver = receiver;
    this.policy = policy;
    this.signed = signed;
    this.nonce = nonce;
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
}
