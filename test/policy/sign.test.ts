import { expect } from "chai";

import { SealfoldError } from "../../lib/errors.ts";
import { context } from "../../lib/crypto/context.ts";
import { fromBase64url, toBase64url } from "../../lib/crypto/bytes.ts";
import { SigningKey, signature, verifySignature } from "../../lib/crypto/signature.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import { type PolicySignature, signPolicy, verifyPolicySignatures } from "../../lib/policy/sign.ts";
import { anna, ben, carla, pooled } from "./_documents.ts";

const policy = makePolicy(pooled());
const byAnna = signPolicy(policy, "anna", anna);
const byBen = signPolicy(policy, "ben", ben);
const byCarla = signPolicy(policy, "carla", carla);

/** @returns whom the refusal names, or `nobody`. */
function blamed(signatures: unknown): string {
  try {
    verifyPolicySignatures(policy, signatures);
  } catch (error) {
    if (!(error instanceof SealfoldError)) throw error;
    expect(error.code).to.equal("POLICY_SIGNATURE");
    return error.place.party ?? "nobody";
  }
  return "accepted";
}

function tampered(signed: PolicySignature): PolicySignature {
  const bytes = fromBase64url(signed.signature, 64);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return { ...signed, signature: toBase64url(bytes) };
}

describe("policy/sign", () => {
  it("accepts the signatures of all parties in any order", () => {
    expect(blamed([byAnna, byBen, byCarla])).to.equal("accepted");
    expect(blamed([byCarla, byAnna, byBen])).to.equal("accepted");
  });

  it("signs the policy's bytes, made for policies alone", () => {
    const signed = signature(fromBase64url(byAnna.signature));
    expect(verifySignature(anna.publicKey, context("policy", policy.bytes), signed)).to.equal(true);
    expect(verifySignature(anna.publicKey, policy.bytes, signed)).to.equal(false);
  });

  it("names the party whose signature is missing", () => {
    expect(blamed([byAnna, byCarla])).to.equal("ben");
    expect(blamed([])).to.equal("anna");
  });

  it("names the party whose signature is wrong", () => {
    expect(blamed([byAnna, tampered(byBen), byCarla])).to.equal("ben");
    expect(blamed([byAnna, { ...byCarla, party: "ben" }, byCarla])).to.equal("ben");
    expect(blamed([byAnna, byBen, { ...byCarla, signature: `${byCarla.signature}A` }])).to.equal("carla");
    expect(blamed([byAnna, byBen, { ...byCarla, signature: "" }])).to.equal("carla");
  });

  it("names the party who signed twice, even when both are right", () => {
    expect(blamed([byAnna, byBen, byCarla, byBen])).to.equal("ben");
  });

  it("refuses a signature for another policy", () => {
    const other = makePolicy(pooled({ purpose: "another purpose" }));
    expect(blamed([byAnna, signPolicy(other, "ben", ben), byCarla])).to.equal("ben");
  });

  it("refuses somebody who is not a party", () => {
    expect(blamed([byAnna, byBen, byCarla, { ...byCarla, party: "dora" }])).to.equal("nobody");
  });

  it("refuses whatever is not a list of signatures", () => {
    const strange = [undefined, null, "x", {}, [null], [1], [[]], [{}], [{ party: "anna" }], [{ ...byAnna, extra: 1 }]];
    for (const value of [...strange, [{ party: 1, signature: 2 }], Array(257).fill(byAnna)]) {
      expect(blamed(value)).to.equal("nobody");
    }
  });

  it("does not let anyone sign as somebody else", () => {
    const strangersKey = SigningKey.fromSeed(new Uint8Array(32).fill(9));
    expect(() => signPolicy(policy, "anna", ben))
      .to.throw(SealfoldError)
      .with.property("code", "POLICY_SIGNATURE");
    expect(() => signPolicy(policy, "dora", strangersKey))
      .to.throw(SealfoldError)
      .with.property("code", "DENIED_PARTY");
  });
});
