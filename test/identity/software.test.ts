import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { digest, type Digest, sha256 } from "../../lib/crypto/hash.ts";
import type { Json } from "../../lib/data/canonical.ts";
import { signToken } from "../../lib/identity/jwt.ts";
import { softwareQuote, softwareVerifier } from "../../lib/identity/software.ts";
import { codeOf } from "../code-of.ts";
import { claimsIn, keys, now, runtime } from "./_sandbox.ts";

const { operator, alice } = keys;
const reportData: Digest = sha256(Uint8Array.of(3));
const quote: string = softwareQuote({ key: operator, measurement: runtime, reportData, now });

const verify = (token: unknown, data: Digest = reportData): string =>
  codeOf(() => softwareVerifier.verify(token, data, operator.publicKey));

describe("identity/software", () => {
  it("states the measurement that the launcher gave it", () => {
    const stated = softwareVerifier.verify(quote, reportData, operator.publicKey);
    expect(stated).to.deep.equal({ measurement: Uint8Array.from(runtime), debug: false });
  });

  it("says that a debugger is attached", () => {
    const debugged = softwareQuote({ key: operator, measurement: runtime, reportData, now, debug: true });
    expect(softwareVerifier.verify(debugged, reportData, operator.publicKey).debug).to.equal(true);
  });

  it("names itself, and claims no hardware", () => {
    const { hwmodel, oemid } = claimsIn(quote);
    expect(Buffer.from(hwmodel as string, "base64url").toString()).to.equal("software");
    expect(Buffer.from(oemid as string, "base64url")).to.have.length(16);
    expect(softwareVerifier.platform).to.equal("software");
  });

  it("is not believed under another key than the policy's", () => {
    expect(verify(softwareQuote({ key: alice, measurement: runtime, reportData, now }))).to.equal("EVIDENCE_SIGNATURE");
  });

  it("is not believed for other evidence", () => {
    expect(verify(quote)).to.equal("none");
    expect(verify(quote, digest(new Uint8Array(32)))).to.equal("EVIDENCE_SIGNATURE");
  });

  it("is refused in any other shape, though the operator sign it", () => {
    const claims = claimsIn(quote);
    const changes: Readonly<Record<string, Json>>[] = [
      { dbgstat: "perhaps" },
      { eat_nonce: toBase64url(new Uint8Array(31)) },
      { eat_nonce: 1 },
      { eat_profile: "tag:sealfold,2026:sandbox/1" },
      { hwmodel: toBase64url(Buffer.from("SGX")) },
      { oemid: toBase64url(new Uint8Array(16)) },
      { iat: "today" },
      { iat: -1 },
      { measurements: [] },
      { measurements: [[42, toBase64url(new Uint8Array(31))]] },
      { measurements: [[43, toBase64url(runtime)]] },
      { measurements: [[42, toBase64url(runtime)], [42, toBase64url(runtime)]] },
      { more: true },
    ]; // prettier-ignore
    for (const change of changes) {
      expect(verify(signToken({ ...claims, ...change }, operator)), JSON.stringify(change)).to.equal("EVIDENCE_FORMAT");
    }
    for (const name of Object.keys(claims)) {
      const rest = Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name));
      expect(verify(signToken(rest, operator)), name).to.equal("EVIDENCE_FORMAT");
    }
    for (const other of [undefined, 1, "", {}, [quote]]) expect(verify(other)).to.equal("EVIDENCE_FORMAT");
  });
});
