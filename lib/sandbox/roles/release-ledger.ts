/** What the broker has released: each query once, and within the policy's number of releases. */

import { equalBytes } from "../../crypto/bytes.ts";
import type { Digest } from "../../crypto/hash.ts";
import { SealfoldError } from "../../errors.ts";

export class ReleaseLedger {
  readonly #most: number;
  readonly #entries: Digest[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns the queries released so far, in order. */
  get entries(): readonly Digest[] {
    return this.#entries;
  }

  /** @throws {SealfoldError} DENIED_RELEASE when the query was released already, or the policy allows no more. */
  expectReleasable(queryId: Digest): void {
    if (this.#entries.some((entry) => equalBytes(entry, queryId))) {
      throw new SealfoldError("DENIED_RELEASE", "this query was released already");
    }
    if (this.#entries.length >= this.#most) {
      throw new SealfoldError("DENIED_RELEASE", `the policy allows ${this.#most} releases`);
    }
  }

  /** @throws {SealfoldError} DENIED_RELEASE */
  record(queryId: Digest): void {
    this.expectReleasable(queryId);
    this.#entries.push(queryId);
  }
}
