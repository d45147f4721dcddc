import { expect } from "chai";

import { fromUtf8, utf8 } from "../../lib/crypto/bytes.ts";
import { encodeReceipt, parseReceipt, type Receipt } from "../../lib/proof/receipt.ts";
import { codeOf } from "../code-of.ts";
import { honestJob } from "./_honest-receipt.ts";
import { policyOf } from "./_people.ts";

let receipt: Receipt;
let file: string;

before(async () => {
  receipt = { ...(await honestJob()).receipt, policy: policyOf().document };
  file = fromUtf8(encodeReceipt(receipt));
});

const codeOfFile = (text: string): string => codeOf(() => parseReceipt(utf8(text)));

describe("proof/receipt", () => {
  it("comes back from its file as it was", () => {
    expect(parseReceipt(utf8(file))).to.deep.equal(receipt);
    expect(parseReceipt(receipt)).to.deep.equal(receipt);
    expect(fromUtf8(encodeReceipt(parseReceipt(utf8(file))))).to.equal(file);
  });

  it("is one line of canonical JSON, with a line end or without", () => {
    expect(file.split("\n")).to.have.length(2);
    expect(file.endsWith("\n")).to.equal(true);
    expect(codeOfFile(file.trimEnd())).to.equal("none");
    expect(codeOfFile(`${file}\n`)).to.equal("RECEIPT_FORMAT");
  });

  it("is the same file, whatever the order of an object's fields", () => {
    const turned = Object.fromEntries(Object.entries(receipt).toReversed()) as Receipt;
    expect(fromUtf8(encodeReceipt(turned))).to.equal(file);
  });

  it("is refused in any other spelling, so that one receipt has one hash", () => {
    const body = file.trimEnd();
    for (const other of [
      JSON.stringify(receipt, undefined, 2),
      ` ${body}`,
      `\ufeff${body}`,
      body.replace('"sealfold":', '"sealfold": '),
      body.replace("{", '{"sealfold":"receipt/2",'),
      body.replace('"task":0', '"task":0.0'),
      body.replace('"receipt/2"', '"\\u0072eceipt/2"'),
      body.slice(0, -1),
      "",
      "null",
      "[]",
    ]) {
      expect(codeOfFile(other), other.slice(0, 40)).to.equal("RECEIPT_FORMAT");
    }
    const broken = utf8(file);
    broken[20] = 0xff;
    expect(codeOf(() => parseReceipt(broken))).to.equal("RECEIPT_FORMAT");
  });

  it("is refused over 64 MiB before it is read, and nested without end", () => {
    expect(codeOf(() => parseReceipt(new Uint8Array(64 * 1024 * 1024 + 1).fill(0x5b)))).to.equal("RECEIPT_FORMAT");
    expect(codeOfFile("[".repeat(100_000) + "]".repeat(100_000))).to.equal("RECEIPT_FORMAT");
  });

  it("with a field more or less, or of no version, is refused", () => {
    const { plan: _, ...rest } = receipt;
    for (const other of [
      { ...receipt, sealfold: "receipt/" },
      { ...receipt, sealfold: 2 },
      { ...receipt, more: 1 },
      rest,
    ]) {
      expect(codeOf(() => parseReceipt(other))).to.equal("RECEIPT_FORMAT");
    }
  });

  it("of another version is refused, with the way on", () => {
    for (const sealfold of ["receipt/1", "receipt/3", "receipt/123456"]) {
      expect(() => parseReceipt({ ...receipt, sealfold }))
        .to.throw(`of the form ${sealfold}, and this version reads receipt/2`)
        .with.property("code", "RECEIPT_FORMAT");
    }
    expect(() => parseReceipt({ sealfold: "receipt/1" })).to.throw("of the form receipt/1");
    expect(() => parseReceipt({ ...receipt, sealfold: "receipt/1 <a>" })).to.throw("malformed at sealfold");
  });

  it("is refused by the name of a field, and no content", () => {
    const secret = "a text that nobody should print";
    const { final } = receipt;
    const wrong = { ...receipt, final: { ...final, document: { ...final.document, queryId: secret } } };
    expect(() => parseReceipt(wrong))
      .to.throw("final.document.queryId")
      .and.satisfy(({ message }: Error) => !message.includes(secret));
  });
});
