/** A receiver's signed request: its nonce makes the query new, and its key is what the result will be sealed to. */

import type * as v from "valibot";

import { fromBase64url, toBase64url } from "../crypto/bytes.ts";
import { ExchangeKey, exchangePublicKey } from "../crypto/exchange.ts";
import type { SigningKey } from "../crypto/signature.ts";
import { isSignedBy, type Signed, signDocument } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import type { Policy } from "../policy/policy.ts";
import { outputsOf, partyKey } from "../policy/questions.ts";
import { bytesText, exactly, nameText, parseShape, signedSchema } from "./_schema.ts";

export type RequestDocument = {
  readonly policyHash: string;
  /** Ed25519 public key of the attested broker that is to release the result: no other may. */
  readonly broker: string;
  readonly receiver: string;
  /** 32 random bytes. */
  readonly nonce: string;
  /** X25519 public key. */
  readonly key: string;
};

export type Request = Signed<RequestDocument>;

export const requestSchema: v.GenericSchema<Request, Request> = signedSchema(
  exactly({
    policyHash: bytesText(32),
    broker: bytesText(32),
    receiver: nameText,
    nonce: bytesText(32),
    key: bytesText(32),
  }),
);

export function signRequest(document: RequestDocument, key: SigningKey): Request {
  return signDocument("request", document, key);
}

/** @throws {SealfoldError} REQUEST when `value` has another shape; its signature is not checked here. */
export function parseRequest(value: unknown): Request {
  return parseShape(requestSchema, value, "REQUEST", "request");
}

/**
 * @throws {SealfoldError} REQUEST when it is for another policy, not the receiver's own, or asks under a key of small
 *   order, to which nothing can be sealed; DENIED_PARTY when the policy gives this party no output
 */
export function verifyRequest(policy: Policy, request: Request): void {
  const { policyHash, receiver } = request.document;
  const place = { party: receiver };
  if (policyHash !== toBase64url(policy.hash))
    throw new SealfoldError("REQUEST", "a request is for another policy", place);
  if (!isSignedBy("request", request, partyKey(policy, receiver))) {
    throw new SealfoldError("REQUEST", `a request is not signed by ${receiver}`, place);
  }
  if (outputsOf(policy, receiver).length === 0) {
    throw new SealfoldError("DENIED_PARTY", `${receiver} receives nothing by this policy`, place);
  }
  expectUsableKey(request.document);
}

/** @throws {SealfoldError} REQUEST when nobody asks, or somebody asks twice. */
export function expectReceivers(requests: readonly Request[]): void {
  const receivers = requests.map(({ document }) => document.receiver);
  if (receivers.length === 0) throw new SealfoldError("REQUEST", "nobody asks for a result");
  if (new Set(receivers).size !== receivers.length) throw new SealfoldError("REQUEST", "a receiver asks twice");
}

/** Every clamped scalar sends a point of small order to zero (RFC 7748 §6.1), so any one finds it; made when first needed. */
let anyScalar: ExchangeKey | undefined;

/** @throws {SealfoldError} REQUEST when nothing can be sealed to the key */
export function expectUsableKey({ key, receiver }: Pick<RequestDocument, "key" | "receiver">): void {
  anyScalar ??= ExchangeKey.fromSecret(new Uint8Array(32).fill(1));
  try {
    anyScalar.diffieHellman(exchangePublicKey(fromBase64url(key, 32)));
  } catch (cause) {
    throw new SealfoldError("REQUEST", `nothing can be sealed to ${receiver}'s key`, { party: receiver }, { cause });
  }
}
