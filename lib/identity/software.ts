/**
 * The `software` platform: the operator's word. Its launcher says which code it started in the thread that asks, and
 * signs that with the operator's key. It claims no hardware, and protects nothing from the operator.
 */

import * as v from "valibot";

import { equalBytes, fromBase64url, toBase64url, utf8 } from "../crypto/bytes.ts";
import type { Digest } from "../crypto/hash.ts";
import type { SigningKey } from "../crypto/signature.ts";
import { SealfoldError } from "../errors.ts";
import { isTokenBy, parseToken, signToken } from "./jwt.ts";
import type { PlatformVerifier } from "./platform.ts";

const profile = "tag:sealfold,2026:software-quote/1";
const octetStream = 42; // CoAP content format, RFC 7252 §12.3
const oemid = "5m0G4FBZX-VR8fKIOEhDgw"; // RFC 9711 §4.2.3.1: 16 random bytes, which stand for no manufacturer
const hwmodel: string = toBase64url(utf8("software")); // RFC 9711 §4.2.4: names itself, claims no hardware

const quoteSchema = v.strictObject({
  dbgstat: v.picklist(["enabled", "disabled"]),
  eat_nonce: v.string(),
  eat_profile: v.literal(profile),
  hwmodel: v.literal(hwmodel),
  iat: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  oemid: v.literal(oemid),
  measurements: v.strictTuple([v.strictTuple([v.literal(octetStream), v.string()])]),
});

/** What the launcher says. */
export interface SoftwareQuoteOptions {
  /** The operator's key. */
  readonly key: SigningKey;
  /** Digest of the code that the launcher started. */
  readonly measurement: Uint8Array;
  readonly reportData: Digest;
  /** Seconds since 1970. */
  readonly now: number;
  /** Whether a debugger is attached to the process. */
  readonly debug?: boolean;
}

/** @returns a quote as a JWT (RFC 9711 §6). */
export function softwareQuote({ key, measurement, reportData, now, debug = false }: SoftwareQuoteOptions): string {
  return signToken(
    {
      dbgstat: debug ? "enabled" : "disabled",
      eat_nonce: toBase64url(reportData),
      eat_profile: profile,
      hwmodel,
      iat: now,
      oemid,
      measurements: [[octetStream, toBase64url(measurement)]],
    },
    key,
  );
}

/** Judges {@link softwareQuote}. */
export const softwareVerifier: PlatformVerifier = {
  platform: "software",
  verify: (quote, reportData, anchor) => {
    const token = parseToken(quote);
    const parsed = v.safeParse(quoteSchema, token.payload);
    if (!parsed.success) throw new SealfoldError("EVIDENCE_FORMAT", "the platform's quote has another shape");
    if (!isTokenBy(token, anchor)) {
      throw new SealfoldError(
        "EVIDENCE_SIGNATURE",
        "the platform's quote is not signed by the key that the policy trusts",
      );
    }
    const { eat_nonce, measurements, dbgstat } = parsed.output;
    if (!equalBytes(bytesOf(eat_nonce), reportData)) {
      throw new SealfoldError("EVIDENCE_SIGNATURE", "the platform's quote is for other evidence");
    }
    return { measurement: bytesOf(measurements[0][1]), debug: dbgstat === "enabled" };
  },
};

function bytesOf(text: string): Uint8Array {
  try {
    return fromBase64url(text, 32);
  } catch {
    throw new SealfoldError("EVIDENCE_FORMAT", "the platform's quote has a digest that is not 32 bytes of base64url");
  }
}
