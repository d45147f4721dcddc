/**
 * Requests at a broker's successor. A request belongs to one broker; when that one is dead, its receiver moves it to a
 * successor under a new key and forgets the old one, so that what the first may still release opens for nobody. The query
 * stays the same.
 */

import type * as v from "valibot";

import { toBase64url } from "../crypto/bytes.ts";
import type { SigningKey, VerifyingKey } from "../crypto/signature.ts";
import { documentHash, isSignedBy, type Signed, signDocument } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import type { Policy } from "../policy/policy.ts";
import { partyKey } from "../policy/questions.ts";
import { bytesText, exactly, parseShape, signedSchema } from "./_schema.ts";
import { expectUsableKey, type Request } from "./request.ts";

export type TransferDocument = {
  readonly policyHash: string;
  /** Names the request that is moved. */
  readonly request: string;
  /** Ed25519 public key of the attested successor that is to release the result from now on. */
  readonly broker: string;
  /** X25519 public key, in place of the request's. */
  readonly key: string;
};

export type Transfer = Signed<TransferDocument>;

export const transferSchema: v.GenericSchema<Transfer, Transfer> = signedSchema(
  exactly({ policyHash: bytesText(32), request: bytesText(32), broker: bytesText(32), key: bytesText(32) }),
);

/** A broker, and the brokers whose memory it has, oldest first. */
export interface BrokerLine {
  readonly key: VerifyingKey;
  readonly lineage: readonly VerifyingKey[];
}

/** Whom a result is wrapped to, and under which key. */
export interface Recipient {
  readonly receiver: string;
  readonly key: string;
}

/** @returns what a transfer calls a request. */
export function requestHash({ document }: Request): string {
  return toBase64url(documentHash("request", document));
}

export function signTransfer(document: TransferDocument, key: SigningKey): Transfer {
  return signDocument("transfer", document, key);
}

/** @throws {SealfoldError} REQUEST when `value` has another shape; its signature is not checked here. */
export function parseTransfer(value: unknown): Transfer {
  return parseShape(transferSchema, value, "REQUEST", "transfer");
}

/**
 * A query belongs to one broker: another one, with a ledger of its own, would release it once more. A successor has its
 * predecessors' ledger; what was asked of them is its own once the receiver has moved it.
 * @param requests - verified already
 * @returns the recipients, in the requests' order
 * @throws {SealfoldError} REQUEST unless every request is to this broker, or to one of its lineage and moved to this one,
 *   once, by its receiver
 */
export function recipientsAt(
  policy: Policy,
  asked: { readonly requests: readonly Request[]; readonly transfers: readonly Transfer[] },
  { key, lineage }: BrokerLine,
): readonly Recipient[] {
  const moved = new Map(asked.transfers.map((transfer) => [transfer.document.request, transfer]));
  if (moved.size !== asked.transfers.length) throw new SealfoldError("REQUEST", "a request is moved twice");
  const own = toBase64url(key);
  const before = lineage.map(toBase64url);
  const recipients = asked.requests.map((request) => {
    const { receiver, broker } = request.document;
    const transfer = moved.get(requestHash(request));
    moved.delete(requestHash(request));
    if (broker === own && transfer === undefined) return { receiver, key: request.document.key };
    if (transfer === undefined || !before.includes(broker) || transfer.document.broker !== own) {
      throw new SealfoldError("REQUEST", "a request is to another broker", { party: receiver });
    }
    verifyTransfer(policy, receiver, transfer);
    return { receiver, key: transfer.document.key };
  });
  if (moved.size > 0) throw new SealfoldError("REQUEST", "a request is moved that nobody made");
  return recipients;
}

function verifyTransfer(policy: Policy, receiver: string, transfer: Transfer): void {
  const place = { party: receiver };
  if (transfer.document.policyHash !== toBase64url(policy.hash)) {
    throw new SealfoldError("REQUEST", "a transfer is for another policy", place);
  }
  if (!isSignedBy("transfer", transfer, partyKey(policy, receiver))) {
    throw new SealfoldError("REQUEST", `a transfer is not signed by ${receiver}`, place);
  }
  expectUsableKey({ receiver, key: transfer.document.key });
}
