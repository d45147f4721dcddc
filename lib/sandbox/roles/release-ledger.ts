/** What the broker has released: each query and each signed request once, and within the policy's number of releases. */

import { equalBytes, toHex } from "../../crypto/bytes.ts";
import { digest, type Digest } from "../../crypto/hash.ts";
import { SealfoldError } from "../../errors.ts";
import { extendsHead } from "../../proof/budget.ts";

/** Requests that one ledger remembers: with more, nothing is released any more. */
const maxRequests = 1_048_576;

export class ReleaseLedger {
  readonly #most: number;
  readonly #entries: Digest[] = [];
  /** Hashes of requests, whatever they were combined with. */
  readonly #requests = new Map<string, Digest>();

  constructor(most: number) {
    this.#most = most;
  }

  /** A ledger that was kept: nothing is checked again. */
  static of(most: number, entries: readonly Uint8Array[], requests: readonly Uint8Array[]): ReleaseLedger {
    const ledger = new ReleaseLedger(most);
    ledger.#entries.push(...entries.map(digest));
    for (const request of requests) ledger.#requests.set(toHex(request), digest(request));
    return ledger;
  }

  /** @returns the queries released so far, in order. */
  get entries(): readonly Digest[] {
    return this.#entries;
  }

  /** @returns the hashes of the requests that were answered. */
  get requests(): readonly Digest[] {
    return [...this.#requests.values()];
  }

  /** @throws {SealfoldError} BUDGET_ROLLED_BACK unless this ledger went through `head`. */
  expectExtends(head: Uint8Array): void {
    if (!extendsHead(this.#entries, head)) throw new SealfoldError("BUDGET_ROLLED_BACK");
  }

  /**
   * @param requests - hashes of the requests that the query answers
   * @throws {SealfoldError} DENIED_RELEASE when the query or one of its requests was released already, or the policy
   *   allows no more
   */
  expectReleasable(queryId: Digest, requests: readonly Digest[]): void {
    if (this.#entries.some((entry) => equalBytes(entry, queryId))) {
      throw new SealfoldError("DENIED_RELEASE", "this query was released already");
    }
    if (requests.some((request) => this.#requests.has(toHex(request)))) {
      throw new SealfoldError("DENIED_RELEASE", "a request of this query was answered already");
    }
    if (this.#entries.length >= this.#most) {
      throw new SealfoldError("DENIED_RELEASE", `the policy allows ${this.#most} releases`);
    }
    if (this.#requests.size + requests.length > maxRequests) {
      throw new SealfoldError("DENIED_RELEASE", `a broker answers ${maxRequests} requests`);
    }
  }

  /** @throws {SealfoldError} DENIED_RELEASE */
  record(queryId: Digest, requests: readonly Digest[]): void {
    this.expectReleasable(queryId, requests);
    this.#entries.push(queryId);
    for (const request of requests) this.#requests.set(toHex(request), request);
  }
}
