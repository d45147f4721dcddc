import { expect } from "chai";
import { compactVerify, importJWK, SignJWT } from "jose";

import { toBase64url, utf8 } from "../../lib/crypto/bytes.ts";
import { isTokenBy, maxTokenLength, parseToken, signToken } from "../../lib/identity/jwt.ts";
import { codeOf } from "../code-of.ts";
import { evidenceOf, identity, keys } from "./_sandbox.ts";

const okp = (key: Uint8Array): { kty: "OKP"; crv: "Ed25519"; x: string } => ({
  kty: "OKP",
  crv: "Ed25519",
  x: toBase64url(key),
});
const encode = (value: unknown): string => toBase64url(utf8(JSON.stringify(value)));
const form = (token: unknown): string => codeOf(() => parseToken(token));

/** A token of any header and any payload's text, rightly signed. */
function tokenOf(header: unknown, payload: string): string {
  const signed = `${encode(header)}.${toBase64url(utf8(payload))}`;
  return `${signed}.${toBase64url(identity.sign(utf8(signed)))}`;
}

const right = { alg: "Ed25519", typ: "eat+jwt" };

describe("identity/jwt", () => {
  it("reads what it signs, under that key alone", () => {
    const token = parseToken(signToken({ a: 1 }, identity));
    expect(token.payload).to.deep.equal({ a: 1 });
    expect(isTokenBy(token, identity.publicKey)).to.equal(true);
    expect(isTokenBy(token, keys.alice.publicKey)).to.equal(false);
  });

  it("makes evidence and quotes that jose verifies", async () => {
    const evidence = await evidenceOf();
    const verified = await compactVerify(evidence, await importJWK(okp(identity.publicKey), "Ed25519"));
    expect(verified.protectedHeader).to.deep.equal(right);
    const { submods } = JSON.parse(Buffer.from(verified.payload).toString()) as { submods: { software: string[] } };
    const quote = submods.software[1] ?? "";
    await compactVerify(quote, await importJWK(okp(keys.operator.publicKey), "Ed25519"));
  });

  it("is refused by jose under another key", async () => {
    const key = await importJWK(okp(keys.alice.publicKey), "Ed25519");
    const refused = await compactVerify(await evidenceOf(), key).then(
      () => "none",
      (error: { code: string }) => error.code,
    );
    expect(refused).to.equal("ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
  });

  it("reads what jose signs in the same spelling", async () => {
    const jwk = { ...okp(identity.publicKey), d: toBase64url(identity.exportSeed()) };
    const token = await new SignJWT({ a: 1 }).setProtectedHeader(right).sign(await importJWK(jwk, "Ed25519"));
    expect(isTokenBy(parseToken(token), identity.publicKey)).to.equal(true);
  });

  it("takes no other algorithm, type or header field, even rightly signed", () => {
    expect(form(tokenOf(right, "{}"))).to.equal("none");
    for (const header of [
      { alg: "none", typ: "eat+jwt" },
      { alg: "HS256", typ: "eat+jwt" },
      { alg: "EdDSA", typ: "eat+jwt" },
      { alg: "Ed25519", typ: "JWT" },
      { alg: "Ed25519" },
      { typ: "eat+jwt", alg: "Ed25519" },
      { ...right, kid: "1" },
      { ...right, jwk: okp(identity.publicKey) },
      { ...right, crit: ["x"], x: 1 },
    ]) {
      expect(form(tokenOf(header, "{}")), JSON.stringify(header)).to.equal("EVIDENCE_FORMAT");
    }
  });

  it("takes no payload that is not canonical JSON", () => {
    for (const payload of [
      "",
      "{",
      '{"a":1,"a":2}',
      '{"b":1,"a":2}',
      '{ "a":1}',
      '{"a":1.5}',
      '{"__proto__":1}',
      "\ufeff{}",
    ]) {
      expect(form(tokenOf(right, payload)), payload).to.equal("EVIDENCE_FORMAT");
    }
  });

  it("takes no other spelling of the same bytes", () => {
    const token = signToken({ a: 1 }, identity);
    const [head = "", body = "", tail = ""] = token.split(".");
    for (const other of [
      `${token}=`,
      `${token}.`,
      ` ${token}`,
      `${token}\n`,
      `${head}.${body}=.${tail}`,
      `${head}.${body}`,
      `${head}.${body}.`,
      `${head}.${body}.${tail}.${tail}`,
      `${head}.${body}.${tail.slice(0, -4)}`,
      "",
      "..",
    ]) {
      expect(form(other), other).to.equal("EVIDENCE_FORMAT");
    }
  });

  it("takes at most 16 KiB", () => {
    const filled = (length: number): string => signToken({ a: "x".repeat(length) }, identity);
    const overhead = filled(0).length;
    let most = Math.floor(((maxTokenLength - overhead) * 3) / 4);
    while (filled(most + 1).length <= maxTokenLength) most += 1;
    expect(filled(most).length).to.be.within(maxTokenLength - 1, maxTokenLength); // base64url skips some lengths
    expect(form(filled(most))).to.equal("none");
    expect(form(filled(most + 1))).to.equal("EVIDENCE_FORMAT");
  });
});
