/**
 * JSON Web Tokens in the one form that evidence takes: compact JWS (RFC 7515 §7.1), `alg` Ed25519 (RFC 9864), `typ`
 * eat+jwt (RFC 9711 §6), with canonical JSON inside. A token in any other spelling is refused.
 */

import { fromBase64url, toBase64url, utf8 } from "../crypto/bytes.ts";
import { keyThatSigned, signature, type SigningKey, type VerifyingKey, verifySignature } from "../crypto/signature.ts";
import { canonicalBytes, type Json, parseCanonical } from "../data/canonical.ts";
import { SealfoldError } from "../errors.ts";

/** The most characters that a token may have. */
export const maxTokenLength: number = 16 * 1024;

/** What every token begins with, before its first full stop. */
export const tokenHeader: string = toBase64url(canonicalBytes({ alg: "Ed25519", typ: "eat+jwt" }));

/** A token whose form was checked, and whose signature was not. */
export interface Token {
  readonly payload: Json;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** @returns a compact JWS over the canonical JSON of `payload`. */
export function signToken(payload: Json, key: SigningKey): string {
  const signed = `${tokenHeader}.${toBase64url(canonicalBytes(payload))}`;
  return `${signed}.${toBase64url(key.sign(utf8(signed)))}`;
}

/** @throws {SealfoldError} EVIDENCE_FORMAT */
export function parseToken(token: unknown): Token {
  if (typeof token !== "string" || token.length > maxTokenLength) throw malformed("a token of at most 16 KiB");
  const [head, body, tail, ...rest] = token.split(".");
  if (head !== tokenHeader || body === undefined || tail === undefined || rest.length > 0) {
    throw malformed("a compact JWS with alg Ed25519 and typ eat+jwt");
  }
  try {
    const payload = parseCanonical(fromBase64url(body), {
      code: "EVIDENCE_FORMAT",
      maxBytes: maxTokenLength,
      what: "evidence",
    });
    return { payload, signed: utf8(`${head}.${body}`), signature: fromBase64url(tail, 64) };
  } catch (error) {
    if (error instanceof SealfoldError) throw error;
    throw malformed("base64url");
  }
}

/** @returns whether a text begins as every token does. */
export function looksLikeToken(text: string): boolean {
  return text.startsWith(`${tokenHeader}.`);
}

/** @returns whether `key` signed `token`. */
export function isTokenBy(token: Token, key: VerifyingKey): boolean {
  return verifySignature(key, token.signed, signature(token.signature));
}

/** @returns `bytes` as the key that signed `token`, or undefined */
export function keyOfToken(token: Token, bytes: Uint8Array): VerifyingKey | undefined {
  return keyThatSigned(bytes, token.signed, signature(token.signature));
}

function malformed(expected: string): SealfoldError {
  return new SealfoldError("EVIDENCE_FORMAT", `the evidence is not ${expected}`);
}
