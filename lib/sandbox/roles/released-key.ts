/**
 * The key that a release hands to an output's receivers. It holds for outputs made of one commit set under one narrowing:
 * what a reducer was made to seal under any other opens for nobody, whatever is released.
 */

import { context } from "../../crypto/context.ts";
import { type Digest, hkdf } from "../../crypto/hash.ts";
import { canonicalBytes } from "../../data/canonical.ts";
import type { Narrowing } from "../../policy/narrow.ts";

/** What an output was made of. */
export interface ReleaseScope {
  readonly jobId: Digest;
  readonly commitSet: Digest;
  readonly narrowing: Narrowing;
}

/** @param resultKey - the output's key, which the broker gives to reducers alone */
export function releasedKey(resultKey: Uint8Array, output: string, scope: ReleaseScope): Uint8Array {
  const { jobId, commitSet, narrowing } = scope;
  return hkdf(resultKey, context("released key", jobId, output, commitSet, canonicalBytes(narrowing)));
}
