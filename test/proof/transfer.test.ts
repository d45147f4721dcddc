import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { verifyReceipt } from "../../lib/proof/verify-receipt.ts";
import { signTransfer } from "../../lib/proof/transfer.ts";
import { codeUnder } from "./_code-under.ts";
import { type Changes, honestJob, third } from "./_honest-receipt.ts";
import { bytesOf, keyOf } from "./_people.ts";

const nameOf = (broker: string): string => toBase64url(keyOf(broker).publicKey);

describe("proof/transfer: a request moves to a broker's successor, and to nobody else", () => {
  it("verifies with every request moved by its receiver, and says how many brokers there were", async () => {
    const { receipt, policy } = await honestJob(third);
    expect(verifyReceipt(receipt, policy).brokers).to.equal(3);
    const alone = await honestJob();
    expect(verifyReceipt(alone.receipt, alone.policy).brokers).to.equal(1);
  });

  it("needs no transfer where a receiver asked the successor itself", async () => {
    const { receipt, policy } = await honestJob({ lineage: ["first broker"] });
    expect(verifyReceipt(receipt, policy).brokers).to.equal(2);
  });

  it("is the same query and job wherever its requests were moved to", async () => {
    const { requests } = third;
    const before = await honestJob({ ...(requests && { requests }) });
    const after = await honestJob(third);
    expect(after.jobId).to.deep.equal(before.jobId);
  });

  const refused: Readonly<Record<string, Changes>> = {
    "a request to another broker that was not moved": { ...third, moved: ["anna"] },
    "a request to a broker that is not in the line": { ...third, lineage: ["first broker"] },
    "a line of brokers that nobody said it was": { ...third, lineage: [] },
    "a transfer to another broker": { ...third, transfers: (doc) => ({ ...doc, broker: nameOf("first broker") }) },
    "a transfer under another policy": { ...third, transfers: (doc) => ({ ...doc, policyHash: nameOf("anna") }) },
    "a transfer of a request that nobody made": {
      ...third,
      transfers: (doc) => ({ ...doc, request: toBase64url(bytesOf("no request")) }),
    },
    "a transfer to a key of small order": {
      ...third,
      transfers: (doc) => ({ ...doc, key: toBase64url(new Uint8Array(32)) }),
    },
    "a transfer of a request that is to this very broker": { lineage: ["first broker"], moved: ["anna"] },
  };
  for (const [what, changes] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => expect(await codeUnder(changes)).to.equal("REQUEST"));
  }

  it("refuses a transfer that somebody else signed", async () => {
    const { receipt, policy } = await honestJob(third);
    const transfers = receipt.transfers.map(({ document }) => signTransfer(document, keyOf("ben")));
    expect(() => verifyReceipt({ ...receipt, transfers }, policy)).to.throw("a transfer is not signed by anna");
  });

  it("refuses a line of brokers with one in it twice, with the releasing one, or with no key at all", async () => {
    for (const lineage of [["first broker", "first broker"], ["broker"]]) {
      expect(await codeUnder({ lineage })).to.equal("RECEIPT_FINAL");
    }
    const noKey = toBase64url(Uint8Array.of(1, ...new Uint8Array(31)));
    expect(await codeUnder({ final: (document) => ({ ...document, lineage: [noKey] }) })).to.equal("RECEIPT_FINAL");
  });
});
