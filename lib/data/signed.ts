/** A document and its detached Ed25519 signature: the one way in which commitments, manifests and requests are signed. */

import { fromBase64url, toBase64url } from "../crypto/bytes.ts";
import { context, type ContextLabel } from "../crypto/context.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";
import { type Signature, signature, type SigningKey, type VerifyingKey, verifySignature } from "../crypto/signature.ts";
import { canonicalBytes, type Json } from "./canonical.ts";

/** `signature` is base64url of 64 bytes over `context(label, canonicalBytes(document))`. */
export type Signed<T> = {
  readonly document: T;
  readonly signature: string;
};

/**
 * @param label - what the document is, so that the signature holds for nothing else
 * @throws {TypeError} when `document` is not plain JSON data
 */
export function signDocument<T extends Json>(label: ContextLabel, document: T, key: SigningKey): Signed<T> {
  return { document, signature: toBase64url(key.sign(signedBytes(label, document))) };
}

/** @returns whether `key` signed this document as a `label`; a malformed signature is a "no". */
export function isSignedBy(label: ContextLabel, { document, signature }: Signed<Json>, key: VerifyingKey): boolean {
  return isSignatureOf(label, canonicalBytes(document), { signature, key });
}

/**
 * @param bytes - a document's canonical bytes, where they are there already
 * @returns what {@link isSignedBy} says of that document
 */
export function isSignatureOf(
  label: ContextLabel,
  bytes: Uint8Array,
  { signature: text, key }: { readonly signature: string; readonly key: VerifyingKey },
): boolean {
  const parsed = parseSignature(text);
  return parsed !== undefined && verifySignature(key, context(label, bytes), parsed);
}

/** @returns SHA-256 over the document's canonical bytes, made for `label` alone. */
export function documentHash(label: ContextLabel, document: Json): Digest {
  return sha256(signedBytes(label, document));
}

function signedBytes(label: ContextLabel, document: Json): Uint8Array {
  return context(label, canonicalBytes(document));
}

function parseSignature(text: unknown): Signature | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return signature(fromBase64url(text));
  } catch {
    return undefined; // not 64 bytes of canonical base64url: to a verifier that is "no"
  }
}
