import { expect } from "chai";

import { fromBase64url, toBase64url } from "../../lib/crypto/bytes.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { documentHash, isSignedBy, signDocument } from "../../lib/data/signed.ts";

const key = SigningKey.fromSeed(new Uint8Array(32).fill(7));

describe("data/signed", () => {
  const signed = signDocument("commitment", { b: 2, a: "x" }, key);

  it("verifies for the label, document and key that it was made for", () => {
    expect(isSignedBy("commitment", signed, key.publicKey)).to.equal(true);
    expect(isSignedBy("commitment", { ...signed, document: { a: "x", b: 2 } }, key.publicKey)).to.equal(true);
  });

  it("verifies for no other label, document or key", () => {
    expect(isSignedBy("request", signed, key.publicKey)).to.equal(false);
    expect(isSignedBy("commitment", { ...signed, document: { a: "x", b: 3 } }, key.publicKey)).to.equal(false);
    expect(isSignedBy("commitment", signed, SigningKey.generate().publicKey)).to.equal(false);
  });

  it("takes a malformed signature for a wrong one", () => {
    const short = toBase64url(fromBase64url(signed.signature).subarray(1));
    for (const signature of ["", "!", `${signed.signature}=`, short]) {
      expect(isSignedBy("commitment", { ...signed, signature }, key.publicKey), signature).to.equal(false);
    }
    expect(isSignedBy("commitment", { ...signed, signature: 1 as unknown as string }, key.publicKey)).to.equal(false);
  });

  it("hashes a document for one label alone", () => {
    expect(documentHash("plan", { a: 1, b: 2 })).to.deep.equal(documentHash("plan", { b: 2, a: 1 }));
    expect(documentHash("plan", { a: 1 })).to.not.deep.equal(documentHash("job", { a: 1 }));
  });
});
