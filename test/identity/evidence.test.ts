import { expect } from "chai";

import { fromBase64url, toBase64url } from "../../lib/crypto/bytes.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { certificateId, evidenceProfile } from "../../lib/identity/evidence.ts";
import { claimsIn, claimsOf, evidenceOf, exchangeKeyOf, identity, now } from "./_sandbox.ts";

describe("identity/evidence", () => {
  it("has the claims of an Entity Attestation Token (RFC 9711)", async () => {
    const claims = claimsIn(await evidenceOf());
    const ueid = fromBase64url(claims["ueid"] as string, 33);
    expect(claims).to.include({ eat_profile: evidenceProfile, iat: now, exp: now + 300 });
    expect(claims["eat_nonce"]).to.equal(toBase64url(claimsOf().nonce));
    expect(ueid).to.deep.equal(Uint8Array.of(1, ...sha256(identity.publicKey))); // type RAND
    expect(claims["cnf"]).to.deep.equal({
      jwk: { kty: "OKP", crv: "X25519", x: toBase64url(exchangeKeyOf(11).publicKey) },
    });
  });

  it("names a job only where there is one", async () => {
    const jobOf = async (claims: Parameters<typeof evidenceOf>[0]): Promise<unknown> =>
      (claimsIn(await evidenceOf(claims))["sealfold"] as { job?: string }).job;
    expect(await jobOf({})).to.equal(toBase64url(new Uint8Array(32).fill(9)));
    expect(await jobOf({ role: "broker", jobId: undefined })).to.equal(undefined);
  });

  it("is under 2 KiB", async () => {
    expect((await evidenceOf()).length).to.be.below(2048);
  });

  it("carries no secret", async () => {
    const evidence = JSON.stringify(claimsIn(await evidenceOf()));
    expect(evidence).not.to.include(toBase64url(identity.exportSeed()));
    expect(evidence).not.to.include(toBase64url(exchangeKeyOf(11).exportSecret()));
  });

  it("has a name that changes with every character of it", async () => {
    const evidence = await evidenceOf();
    const [one, two] = [evidence.slice(1), `${evidence}A`].map((text) => toBase64url(certificateId(text)));
    expect(new Set([toBase64url(certificateId(evidence)), one, two]).size).to.equal(3);
    expect(certificateId(evidence)).to.deep.equal(certificateId(await evidenceOf()));
  });
});
