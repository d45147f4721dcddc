import { expect } from "chai";

import { type Digest, sha256 } from "../../../lib/crypto/hash.ts";
import { budgetHead } from "../../../lib/proof/budget.ts";
import { ReleaseLedger } from "../../../lib/sandbox/roles/release-ledger.ts";
import { codeOf } from "../_code-of.ts";

const query = (n: number): Digest => sha256(Uint8Array.of(n));
const request = (n: number): Digest => sha256(Uint8Array.of(1, n));

describe("sandbox/roles/release-ledger", () => {
  it("lists what was released, in order", () => {
    const ledger = new ReleaseLedger(3);
    ledger.record(query(2), []);
    ledger.record(query(1), []);
    expect(ledger.entries).to.deep.equal([query(2), query(1)]);
  });

  it("releases a query once, and asking whether it may be released uses nothing up", async () => {
    const ledger = new ReleaseLedger(3);
    ledger.expectReleasable(query(1), []);
    ledger.record(query(1), []);
    expect(await codeOf(() => ledger.expectReleasable(query(1), []))).to.equal("DENIED_RELEASE");
    expect(await codeOf(() => ledger.record(query(1), []))).to.equal("DENIED_RELEASE");
    expect(ledger.entries.length).to.equal(1);
  });

  it("releases as many queries as the policy allows, and not one more", async () => {
    const ledger = new ReleaseLedger(2);
    ledger.record(query(1), []);
    expect(await codeOf(() => ledger.record(query(2), []))).to.equal("none");
    expect(await codeOf(() => ledger.record(query(3), []))).to.equal("DENIED_RELEASE");
  });

  it("answers a request once, whatever it is combined with", async () => {
    const ledger = new ReleaseLedger(5);
    ledger.record(query(1), [request(1), request(2)]);
    for (const asked of [[request(1)], [request(3), request(2)]]) {
      expect(await codeOf(() => ledger.expectReleasable(query(2), asked))).to.equal("DENIED_RELEASE");
      expect(await codeOf(() => ledger.record(query(2), asked))).to.equal("DENIED_RELEASE");
    }
    expect(await codeOf(() => ledger.record(query(2), [request(3)]))).to.equal("none");
    expect(ledger.requests).to.deep.equal([request(1), request(2), request(3)]);
  });

  it("is the same when it was kept and read again", async () => {
    const ledger = new ReleaseLedger(2);
    ledger.record(query(1), [request(1)]);
    const again = ReleaseLedger.of(2, ledger.entries, ledger.requests);
    expect(await codeOf(() => again.record(query(1), []))).to.equal("DENIED_RELEASE");
    expect(await codeOf(() => again.record(query(2), [request(1)]))).to.equal("DENIED_RELEASE");
    again.record(query(2), [request(2)]);
    expect(await codeOf(() => again.record(query(3), []))).to.equal("DENIED_RELEASE");
  });

  it("knows whether it went through what somebody saw", async () => {
    const ledger = new ReleaseLedger(5);
    const none = budgetHead([]);
    ledger.record(query(1), []);
    const one = budgetHead(ledger.entries);
    ledger.record(query(2), []);
    for (const head of [none, one, budgetHead(ledger.entries)]) {
      expect(await codeOf(() => ledger.expectExtends(head))).to.equal("none");
    }
    for (const head of [budgetHead([query(2)]), budgetHead([query(1), query(2), query(3)])]) {
      expect(await codeOf(() => ledger.expectExtends(head))).to.equal("BUDGET_ROLLED_BACK");
    }
  });
});
