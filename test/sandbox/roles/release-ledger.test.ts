import { expect } from "chai";

import { type Digest, sha256 } from "../../../lib/crypto/hash.ts";
import { ReleaseLedger } from "../../../lib/sandbox/roles/release-ledger.ts";
import { codeOf } from "../_code-of.ts";

const query = (n: number): Digest => sha256(Uint8Array.of(n));

describe("sandbox/roles/release-ledger", () => {
  it("lists what was released, in order", () => {
    const ledger = new ReleaseLedger(3);
    ledger.record(query(2));
    ledger.record(query(1));
    expect(ledger.entries).to.deep.equal([query(2), query(1)]);
  });

  it("releases a query once, and asking whether it may be released uses nothing up", async () => {
    const ledger = new ReleaseLedger(3);
    ledger.expectReleasable(query(1));
    ledger.record(query(1));
    expect(await codeOf(() => ledger.expectReleasable(query(1)))).to.equal("DENIED_RELEASE");
    expect(await codeOf(() => ledger.record(query(1)))).to.equal("DENIED_RELEASE");
    expect(ledger.entries.length).to.equal(1);
  });

  it("releases as many queries as the policy allows, and not one more", async () => {
    const ledger = new ReleaseLedger(2);
    ledger.record(query(1));
    expect(await codeOf(() => ledger.record(query(2)))).to.equal("none");
    expect(await codeOf(() => ledger.record(query(3)))).to.equal("DENIED_RELEASE");
  });
});
