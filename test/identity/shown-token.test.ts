import { expect } from "chai";
import fc from "fast-check";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import type { Json } from "../../lib/data/canonical.ts";
import { signToken } from "../../lib/identity/jwt.ts";
import { foldToken, showToken, type ShownToken } from "../../lib/identity/shown-token.ts";
import { softwareQuote } from "../../lib/identity/software.ts";
import { codeOf } from "../code-of.ts";

const key = SigningKey.fromSeed(new Uint8Array(32).fill(1));
const report = sha256();
const quote = softwareQuote({ key, measurement: report, reportData: report, now: 1 });
const token = signToken({ iat: 1, submods: { software: ["JWT", quote] } }, key);
const shown = showToken(token);

describe("identity/shown-token", () => {
  it("shows claims as they are, and the quote's too", () => {
    const { iat, submods } = shown.claims as { iat: number; submods: { software: [string, ShownToken] } };
    expect(iat).to.equal(1);
    expect(submods.software[0]).to.equal("JWT");
    expect(submods.software[1].claims).to.deep.include({ dbgstat: "disabled", eat_nonce: toBase64url(report) });
    expect(JSON.stringify(shown).length).to.be.lessThan(token.length);
  });

  it("gives back the token that was shown, whatever claims and quotes it has", () => {
    expect(foldToken(shown)).to.equal(token);
    const name = fc.stringMatching(/^[a-z_]{1,8}$/).filter((text) => text !== "prototype" && text !== "constructor");
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<Json>(null, true, 7, "JWT", quote.slice(0, -1).replace(/^e/, "f")),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    const submods = fc.dictionary(
      name,
      fc.oneof(
        fc.constant<Json>(["JWT", quote]),
        fc.tuple(fc.constant("JWT"), fc.string({ unit: fc.constantFrom("a", ".", "-") })),
      ),
      {
        maxKeys: 3,
        noNullPrototype: true,
      },
    );
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), fc.option(submods), (claims, quotes) => {
        const any = signToken(quotes === null ? claims : { ...claims, submods: quotes as Json }, key);
        fc.pre(quotes !== null || claims["submods"] === undefined);
        expect(foldToken(showToken(any))).to.equal(any);
      }),
    );
  });

  it("folds to another token whatever is another in it, or to none", () => {
    const changes: readonly ((one: Record<string, Json>) => Record<string, Json>)[] = [
      (one) => ({ ...one, iat: 2 }),
      (one) => ({ ...one, more: 1 }),
      ({ iat }) => ({ iat: iat as Json }),
    ];
    for (const change of changes) {
      expect(foldToken({ ...shown, claims: change(shown.claims) })).not.to.equal(token);
    }
    expect(foldToken({ ...shown, signature: "A".repeat(86) })).not.to.equal(token);
  });

  it("is refused with a quote that is shown in another way, so that one token is shown in one way", () => {
    const { software } = shown.claims["submods"] as unknown as { software: [string, ShownToken] };
    const others: readonly Json[] = [
      quote,
      {},
      [],
      null,
      1,
      { ...software[1], more: 1 },
      { claims: software[1].claims },
      { claims: [], signature: software[1].signature },
      { claims: software[1].claims, signature: 1 },
    ];
    for (const other of others) {
      const claims = { ...shown.claims, submods: { software: ["JWT", other] } };
      expect(
        codeOf(() => foldToken({ ...shown, claims })),
        JSON.stringify(other),
      ).to.equal("EVIDENCE_FORMAT");
    }
  });

  it("is of a token alone", () => {
    for (const other of ["", "a.b.c", `${token}A`, token.slice(1), signToken([] as Json, key), signToken("a", key)]) {
      expect(
        codeOf(() => showToken(other)),
        other.slice(0, 20),
      ).to.equal("EVIDENCE_FORMAT");
    }
    const begun = signToken({ submods: { software: ["JWT", quote.slice(0, -1)] } }, key);
    expect(codeOf(() => showToken(begun))).to.equal("EVIDENCE_FORMAT");
  });
});
