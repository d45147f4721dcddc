import { expect } from "chai";
import fc from "fast-check";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import {
  expectReceivers,
  parseRequest,
  type RequestDocument,
  signRequest,
  verifyRequest,
} from "../../lib/proof/request.ts";
import { codeOf } from "../code-of.ts";
import { bytesOf, keyOf, policyOf } from "./_people.ts";

const policy = policyOf();
const honest: RequestDocument = {
  policyHash: toBase64url(policy.hash),
  broker: toBase64url(keyOf("broker").publicKey),
  receiver: "anna",
  nonce: toBase64url(bytesOf("nonce")),
  key: toBase64url(ExchangeKey.fromSecret(bytesOf("result key")).publicKey),
};

const codeUnder = (change: Partial<RequestDocument>, signer = "anna"): string =>
  codeOf(() => verifyRequest(policy, signRequest({ ...honest, ...change }, keyOf(signer))));

describe("proof/request", () => {
  it("holds when a receiver of the policy signed it", () => {
    expect(codeUnder({})).to.equal("none");
    expect(codeUnder({ receiver: "carla" }, "carla")).to.equal("none");
  });

  it("does not hold when somebody else signed it, or it is for another policy", () => {
    expect(codeUnder({}, "carla")).to.equal("REQUEST");
    expect(codeUnder({ policyHash: toBase64url(bytesOf("another policy")) })).to.equal("REQUEST");
  });

  it("does not hold for somebody who receives nothing, or is nobody", () => {
    expect(codeUnder({ receiver: "ben" }, "ben")).to.equal("DENIED_PARTY");
    expect(codeUnder({ receiver: "zoe" })).to.equal("DENIED_PARTY");
  });

  it("does not hold once its broker, its nonce or its key was exchanged", () => {
    const signed = signRequest(honest, keyOf("anna"));
    for (const field of ["broker", "nonce", "key"] as const) {
      const document = { ...honest, [field]: toBase64url(bytesOf("another")) };
      expect(codeOf(() => verifyRequest(policy, { ...signed, document }))).to.equal("REQUEST");
    }
  });

  it("does not hold under a key of small order, to which everybody could open", () => {
    for (const point of [0, 1]) {
      expect(codeUnder({ key: toBase64url(Uint8Array.of(point, ...new Uint8Array(31))) })).to.equal("REQUEST");
    }
  });

  it("is read from JSON, and nothing else is", () => {
    const signed = signRequest(honest, keyOf("anna"));
    expect(parseRequest(JSON.parse(JSON.stringify(signed)))).to.deep.equal(signed);
    for (const change of [{ nonce: "AA" }, { key: `${honest.key}=` }, { receiver: "" }, { more: 1 }]) {
      const document = { ...honest, ...change };
      expect(
        codeOf(() => parseRequest({ ...signed, document })),
        JSON.stringify(change),
      ).to.equal("REQUEST");
    }
    fc.assert(fc.property(fc.anything(), (value) => codeOf(() => parseRequest(value)) === "REQUEST"));
  });

  it("is made by somebody, and by nobody twice", () => {
    const [anna, carla] = ["anna", "carla"].map((receiver) => signRequest({ ...honest, receiver }, keyOf(receiver)));
    const lists = [[], [anna], [anna, carla], [anna, carla, anna]] as Parameters<typeof expectReceivers>[0][];
    const codes = lists.map((list) => codeOf(() => expectReceivers(list)));
    expect(codes).to.deep.equal(["REQUEST", "none", "none", "REQUEST"]);
  });
});
