/**
 * An attestation platform has two halves: the attester, near the sandbox, asks the platform for a quote; the verifier,
 * near the relying party, judges it (RFC 9334 §3). Another platform is another pair; nothing else changes.
 */

import type { Digest } from "../crypto/hash.ts";
import type { VerifyingKey } from "../crypto/signature.ts";

/** The half that stands by the sandbox. */
export interface Attester {
  /** The name by which policies accept it. */
  readonly platform: string;
  /** @returns the platform's own signed statement about the sandbox that asks, bound to `reportData`. */
  quote(reportData: Digest): Promise<string>;
}

/** What a platform says of a sandbox. */
export interface PlatformStatement {
  /** Digest of the code that was loaded. */
  readonly measurement: Uint8Array;
  /** Whether somebody can look inside while it runs, by the platform's own means. */
  readonly debug: boolean;
}

/** The half that stands by the relying party. */
export interface PlatformVerifier {
  readonly platform: string;
  /**
   * @param anchor - the key that the policy trusts for this platform
   * @throws {SealfoldError} EVIDENCE_FORMAT, EVIDENCE_SIGNATURE
   */
  verify(quote: unknown, reportData: Digest, anchor: VerifyingKey): PlatformStatement;
}
