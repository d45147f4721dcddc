/**
 * Evidence as a receipt shows it: its claims as they are, and the platform's quote likewise where it is a token too. A token
 * is base64url of JSON, and a quote within one of what is base64url already; shown, it is half as long and can be read.
 * Only one text is the token that somebody signed, and it is put together again before anything is checked.
 */

import { toBase64url } from "../crypto/bytes.ts";
import { canonicalBytes, type Json } from "../data/canonical.ts";
import { SealfoldError } from "../errors.ts";
import { looksLikeToken, parseToken, tokenHeader } from "./jwt.ts";

/** What a token says, and the signature over it, 64 bytes in base64url. */
export type ShownToken = {
  readonly claims: { readonly [claim: string]: Json };
  readonly signature: string;
};

/** @throws {SealfoldError} EVIDENCE_FORMAT unless it is a token, and its quote too where it begins as one */
export function showToken(token: string): ShownToken {
  const { claims, signature } = shown(token);
  const quotes = quotesOf(claims).map(([platform, quote]) =>
    isLabelled(quote) && typeof quote[1] === "string" && looksLikeToken(quote[1])
      ? ([platform, [quote[0], shown(quote[1])]] as const)
      : ([platform, quote] as const),
  );
  return { claims: withQuotes(claims, quotes), signature };
}

/**
 * @param token - checked to be an object with claims and a signature, and no more
 * @returns the token that was shown so; whoever takes it for evidence checks it as such
 * @throws {SealfoldError} EVIDENCE_FORMAT when its quote is shown in another way than {@link showToken} shows it
 */
export function foldToken({ claims, signature }: ShownToken): string {
  const quotes = quotesOf(claims).map(([platform, quote]) => {
    if (!isLabelled(quote)) return [platform, quote] as const;
    const [label, text] = quote;
    if (typeof text !== "string") return [platform, [label, folded(expectShown(text))]] as const;
    if (looksLikeToken(text)) throw refusal("has a quote that is not shown as it could be"); // there is one way
    return [platform, quote] as const;
  });
  return folded({ claims: withQuotes(claims, quotes), signature });
}

function shown(token: string): ShownToken {
  const { payload, signature } = parseToken(token);
  return { claims: expectClaims(payload), signature: toBase64url(signature) };
}

function folded({ claims, signature }: ShownToken): string {
  return `${tokenHeader}.${toBase64url(canonicalBytes(claims))}.${signature}`;
}

/** RFC 9711 §4.2.18: in `submods`, by platform, each the label "JWT" and a token. */
function quotesOf({ submods }: ShownToken["claims"]): readonly (readonly [string, Json])[] {
  return isClaims(submods) ? Object.entries(submods) : [];
}

function withQuotes(claims: ShownToken["claims"], quotes: readonly (readonly [string, Json])[]): ShownToken["claims"] {
  return quotes.length === 0 ? claims : { ...claims, submods: Object.fromEntries(quotes) };
}

function isLabelled(quote: Json): quote is readonly ["JWT", Json] {
  return Array.isArray(quote) && quote.length === 2 && quote[0] === "JWT";
}

function expectShown(value: Json): ShownToken {
  if (isClaims(value) && Object.keys(value).join() === "claims,signature" && typeof value["signature"] === "string") {
    return { claims: expectClaims(value["claims"]), signature: value["signature"] };
  }
  throw refusal("has a quote that is no token");
}

function expectClaims(value: Json | undefined): ShownToken["claims"] {
  if (isClaims(value)) return value;
  throw refusal("has claims that are no object");
}

function isClaims(value: Json | undefined): value is ShownToken["claims"] {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refusal(fault: string): SealfoldError {
  return new SealfoldError("EVIDENCE_FORMAT", `the evidence ${fault}`);
}
