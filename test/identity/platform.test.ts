/** A platform is two halves: here is one that this library does not know, made in a test. */

import { expect } from "chai";

import { fromHex, toBase64url, toHex } from "../../lib/crypto/bytes.ts";
import { type Digest, sha256 } from "../../lib/crypto/hash.ts";
import { signature, type SigningKey, verifySignature } from "../../lib/crypto/signature.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { appraise, type Expectation } from "../../lib/identity/appraise.ts";
import { makeEvidence } from "../../lib/identity/evidence.ts";
import type { Attester, PlatformVerifier } from "../../lib/identity/platform.ts";
import { softwareVerifier } from "../../lib/identity/software.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import { codeOf } from "../code-of.ts";
import {
  attester,
  claimsOf,
  evidenceOf,
  identity,
  jobId,
  keys,
  now,
  policyDocument,
  runtime,
  signingKeyOf,
} from "./_sandbox.ts";

const chip = signingKeyOf(77);

/** The half near the sandbox: no JWT, but `measurement.debug.signature` in hexadecimal. */
function chipAttester(measurement: Digest, debug = false, key: SigningKey = chip): Attester {
  return {
    platform: "chip",
    quote: (reportData) => {
      const said = `${toHex(measurement)}.${debug ? "1" : "0"}`;
      return Promise.resolve(`${said}.${toHex(key.sign(Buffer.from(`${said}.${toHex(reportData)}`)))}`);
    },
  };
}

/** The half near the relying party. */
const chipVerifier: PlatformVerifier = {
  platform: "chip",
  verify: (quote, reportData, anchor) => {
    const [measurement, debug, signed] = String(quote).split(".");
    if (measurement === undefined || debug === undefined || signed === undefined) {
      throw new SealfoldError("EVIDENCE_FORMAT");
    }
    const message = Buffer.from(`${measurement}.${debug}.${toHex(reportData)}`);
    if (!verifySignature(anchor, message, signature(fromHex(signed)))) throw new SealfoldError("EVIDENCE_SIGNATURE");
    return { measurement: fromHex(measurement), debug: debug === "1" };
  },
};

const policy = makePolicy(
  policyDocument({
    runtime: {
      measurements: [toBase64url(runtime)],
      platforms: [
        { name: "software", key: toBase64url(keys.operator.publicKey) },
        { name: "chip", key: toBase64url(chip.publicKey) },
      ],
      evidenceSeconds: 300,
    },
  }),
);

const expected: Expectation = { policy, role: "mapper", jobId, now, verifiers: [softwareVerifier, chipVerifier] };
const claims = { policyHash: policy.hash };

async function codeWith(platform: Attester, change: Partial<Expectation> = {}): Promise<string> {
  const evidence = await makeEvidence(claimsOf(claims), identity, platform);
  return codeOf(() => appraise(evidence, { ...expected, ...change }));
}

describe("identity/platform: another platform is another pair, and nothing else changes", () => {
  it("vouches for a sandbox under its own name", async () => {
    const evidence = await makeEvidence(claimsOf(claims), identity, chipAttester(runtime));
    const attested = appraise(evidence, expected);
    expect(attested).to.deep.include({ platform: "chip", role: "mapper", measurement: Uint8Array.from(runtime) });
  });

  it("stands beside software attestation", async () => {
    const evidence = await evidenceOf(claims);
    expect(appraise(evidence, expected).platform).to.equal("software");
  });

  it("is held to the same reference values", async () => {
    expect(await codeWith(chipAttester(runtime))).to.equal("none");
    expect(await codeWith(chipAttester(sha256(Uint8Array.of(9))))).to.equal("EVIDENCE_MEASUREMENT");
    expect(await codeWith(chipAttester(runtime, true))).to.equal("EVIDENCE_DEBUG");
    expect(await codeWith(chipAttester(runtime, false, signingKeyOf(78)))).to.equal("EVIDENCE_SIGNATURE");
  });

  it("is not believed where its verifier is not there, or the policy does not name it", async () => {
    expect(await codeWith(chipAttester(runtime), { verifiers: [softwareVerifier] })).to.equal("EVIDENCE_PLATFORM");
    const unnamed = makePolicy(policyDocument());
    expect(await codeWith(chipAttester(runtime), { policy: unnamed })).to.equal("EVIDENCE_PLATFORM");
  });

  it("cannot borrow another platform's word, nor lend its own", async () => {
    const posing = { ...attester(), platform: "chip" };
    expect(await codeWith(posing)).to.equal("EVIDENCE_FORMAT"); // where its verifier stumbles
    expect(await codeWith({ ...chipAttester(runtime), platform: "software" })).to.equal("EVIDENCE_FORMAT");
  });
});

describe("identity/appraise: the policy's time", () => {
  it("holds for a live challenge too: nothing attests before the policy is in force, or after", async () => {
    const { notBefore, notAfter } = policy.document;
    const at = async (issuedAt: number): Promise<string> => {
      const evidence = await evidenceOf({ ...claims, issuedAt });
      return codeOf(() => appraise(evidence, { ...expected, now: issuedAt }));
    };
    expect(await at(notBefore - 1)).to.equal("EVIDENCE_TIME");
    expect(await at(notBefore)).to.equal("none");
    expect(await at(notAfter - 1)).to.equal("none");
    expect(await at(notAfter)).to.equal("EVIDENCE_TIME");
  });
});
