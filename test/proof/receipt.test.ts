import { gunzipSync, gzipSync } from "node:zlib";

import { expect } from "chai";
import fc from "fast-check";

import { fromUtf8, utf8 } from "../../lib/crypto/bytes.ts";
import { unpack } from "../../lib/proof/_packed.ts";
import { encodeReceipt, maxReceiptBytes, parseReceipt, type Receipt } from "../../lib/proof/receipt.ts";
import { codeOf } from "../code-of.ts";
import { honestJob } from "./_honest-receipt.ts";
import { policyOf } from "./_people.ts";

let receipt: Receipt;
/** As it is packed, and its text. */
let packed: Uint8Array;
let file: string;

before(async () => {
  receipt = { ...(await honestJob()).receipt, policy: policyOf().document };
  packed = encodeReceipt(receipt);
  file = fromUtf8(gunzipSync(packed));
});

const codeOfFile = (text: string): string => codeOf(() => parseReceipt(utf8(text)));

describe("proof/receipt", () => {
  it("comes back from its file as it was", () => {
    expect(parseReceipt(packed)).to.deep.equal(receipt);
    expect(parseReceipt(utf8(file))).to.deep.equal(receipt);
    expect(parseReceipt(receipt)).to.deep.equal(receipt);
    expect(encodeReceipt(parseReceipt(packed))).to.deep.equal(packed);
  });

  it("is one line of canonical JSON, packed, with a line end or without", () => {
    expect(file.split("\n")).to.have.length(2);
    expect(file.endsWith("\n")).to.equal(true);
    expect(codeOfFile(file.trimEnd())).to.equal("none");
    expect(codeOfFile(`${file}\n`)).to.equal("RECEIPT_FORMAT");
  });

  it("is the same file, whatever the order of an object's fields", () => {
    const turned = Object.fromEntries(Object.entries(receipt).toReversed()) as Receipt;
    expect(encodeReceipt(turned)).to.deep.equal(packed);
  });

  it("is refused in any other spelling, so that one receipt's text has one hash", () => {
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

describe("proof/receipt: packed", () => {
  it("is a fraction of its text, and may be packed by any tool", () => {
    expect(packed.length).to.be.lessThan(file.length / 2);
    for (const level of [0, 1, 9]) expect(parseReceipt(gzipSync(file, { level }))).to.deep.equal(receipt);
  });

  it("is refused cut anywhere, and with anything behind it", () => {
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.uint8Array({ minLength: 1, maxLength: 20 }), (length, more) => {
        expect(codeOf(() => parseReceipt(packed.subarray(0, length)))).to.equal("RECEIPT_FORMAT");
        expect(codeOf(() => parseReceipt(Buffer.concat([packed, more])))).to.equal("RECEIPT_FORMAT");
      }),
    );
    for (const more of [packed, gzipSync(" "), new Uint8Array(4), Uint8Array.of(0x1f, 0x8b)]) {
      expect(codeOf(() => parseReceipt(Buffer.concat([packed, more])))).to.equal("RECEIPT_FORMAT");
    }
  });

  it("gives the same receipt or none, whatever bit of it is another", () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const other = Uint8Array.from(packed);
        other[at] = (other[at] ?? 0) ^ flip;
        const code = codeOf(() => expect(parseReceipt(other)).to.deep.equal(receipt));
        expect(code).to.be.oneOf(["none", "RECEIPT_FORMAT"]);
        if (code !== "none") refused++;
      }),
    );
    expect(refused).to.be.greaterThan(50);
  });

  it("is refused when its text is over 64 MiB, packed however small, and no more is unpacked than may be", () => {
    const bomb = gzipSync(new Uint8Array(maxReceiptBytes + 2), { level: 1 });
    expect(bomb.length).to.be.lessThan(maxReceiptBytes / 100);
    expect(() => parseReceipt(bomb))
      .to.throw("is over")
      .with.property("code", "RECEIPT_FORMAT");
    expect(codeOf(() => unpack(gzipSync(new Uint8Array(1001)), 1000))).to.equal("RECEIPT_FORMAT");
    expect(unpack(gzipSync(new Uint8Array(1000)), 1000)).to.deep.equal(Buffer.alloc(1000));
  });

  it("is refused packed twice, or when what is packed is no receipt", () => {
    for (const other of [
      gzipSync(packed),
      gzipSync(""),
      gzipSync("[]"),
      gzipSync(` ${file}`),
      gzipSync("[".repeat(1e6)),
    ]) {
      expect(codeOf(() => parseReceipt(other))).to.equal("RECEIPT_FORMAT");
    }
  });
});
