/** The release ledger as a chain: each head covers all queries released before it, so that none can be taken back. */

import { equalBytes } from "../crypto/bytes.ts";
import { context } from "../crypto/context.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";

/** @returns the heads after zero, one, … all of `queries`. */
export function budgetHeads(queries: readonly Uint8Array[]): readonly Digest[] {
  let head = sha256(context("budget"));
  const heads = [head];
  for (const query of queries) {
    head = sha256(context("budget", head, query));
    heads.push(head);
  }
  return heads;
}

/** @returns the head after all of `queries`. */
export function budgetHead(queries: readonly Uint8Array[]): Digest {
  return budgetHeads(queries).at(-1) as Digest;
}

/** @returns whether the ledger of `queries` went through `seen`. */
export function extendsHead(queries: readonly Uint8Array[], seen: Uint8Array): boolean {
  return budgetHeads(queries).some((head) => equalBytes(head, seen));
}
