import { expect } from "chai";
import fc from "fast-check";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { digest, sha256 } from "../../lib/crypto/hash.ts";
import type { Json } from "../../lib/data/canonical.ts";
import { appraise, type Expectation } from "../../lib/identity/appraise.ts";
import { certificateId, reportDataOf } from "../../lib/identity/evidence.ts";
import { signToken } from "../../lib/identity/jwt.ts";
import { softwareVerifier } from "../../lib/identity/software.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import { codeOf } from "../code-of.ts";
import {
  attester,
  type Claims,
  claimsIn,
  claimsOf,
  evidenceOf,
  evidenceOver,
  exchangeKeyOf,
  identity,
  jobId,
  keys,
  now,
  policy,
  policyDocument,
  roles,
  runtime,
  signingKeyOf,
} from "./_sandbox.ts";

const nonce = new Uint8Array(32).fill(7);
const expected: Expectation = { policy, role: "mapper", nonce, jobId, now };
const other32 = toBase64url(new Uint8Array(32).fill(1));

const appraisal = (evidence: unknown, change: Partial<Expectation> = {}): string =>
  codeOf(() => appraise(evidence, { ...expected, ...change }));

describe("identity/appraise: genuine evidence", () => {
  it("says who the sandbox is", async () => {
    const evidence = await evidenceOf();
    expect(appraise(evidence, expected)).to.deep.equal({
      certId: certificateId(evidence),
      role: "mapper",
      index: 0,
      signingKey: identity.publicKey,
      channelKey: exchangeKeyOf(11).publicKey,
      measurement: runtime,
      platform: "software",
      issuedAt: now,
      jobId,
      nonce,
    });
  });

  for (const role of roles) {
    it(`passes for a ${role} in its own role alone`, async () => {
      const job = role === "broker" ? undefined : jobId;
      const evidence = await evidenceOf({ role, jobId: job });
      for (const asked of roles) {
        const code = appraisal(evidence, { role: asked, jobId: job });
        expect(code).to.equal(asked === role ? "none" : "EVIDENCE_ROLE");
      }
    });
  }

  it("passes offline, without a nonce and a clock, when it is of the policy's time", async () => {
    const offline = (issuedAt: number): Promise<string> =>
      evidenceOf({ issuedAt }).then((evidence) => appraisal(evidence, { nonce: undefined, now: undefined }));
    const { notBefore, notAfter } = policy.document;
    expect(await offline(now)).to.equal("none");
    expect(await offline(notBefore)).to.equal("none");
    expect(await offline(notBefore - 1)).to.equal("EVIDENCE_TIME");
    expect(await offline(notAfter - 1)).to.equal("none");
    expect(await offline(notAfter)).to.equal("EVIDENCE_TIME");
  });
});

describe("identity/appraise: what is not as expected has its own code", () => {
  const another = digest(new Uint8Array(32).fill(1));
  const cases: readonly (readonly [string, string, () => Promise<string>, Partial<Expectation>?])[] = [
    ["another nonce", "EVIDENCE_NONCE", () => evidenceOf({ nonce: new Uint8Array(32) })],
    ["another policy", "EVIDENCE_BINDING", () => evidenceOf({ policyHash: another })],
    ["another program", "EVIDENCE_BINDING", () => evidenceOf({ programHash: another })],
    ["another job", "EVIDENCE_BINDING", () => evidenceOf({ jobId: another })],
    ["no job", "EVIDENCE_BINDING", () => evidenceOf({ jobId: undefined })],
    ["a job where there is none yet", "EVIDENCE_BINDING", () => evidenceOf({ role: "broker" }), { role: "broker", jobId: undefined }],
    ["another runtime", "EVIDENCE_MEASUREMENT", () => evidenceOf({}, { measurement: another })],
    ["a debugger", "EVIDENCE_DEBUG", () => evidenceOf({}, { debug: true })],
    ["another operator", "EVIDENCE_SIGNATURE", () => evidenceOf({}, { operator: signingKeyOf(99) })],
    ["a platform that nobody knows", "EVIDENCE_PLATFORM", () => evidenceOf({}, { name: "hardware" })],
    ["a platform that the policy knows and this code does not", "EVIDENCE_PLATFORM", () => evidenceOf(), { verifiers: [] }],
    ["a key that it does not hold", "EVIDENCE_SIGNATURE", () => evidenceOf({ signingKey: keys.alice.publicKey })],
  ]; // prettier-ignore
  for (const [what, code, evidence, change] of cases) {
    it(`${what}: ${code}`, async () => {
      expect(appraisal(await evidence(), change)).to.equal(code);
    });
  }

  it("a platform that the policy does not name: EVIDENCE_PLATFORM", async () => {
    const platforms = [{ name: "hardware", key: toBase64url(keys.operator.publicKey) }];
    const strict = makePolicy(policyDocument({ runtime: { ...policy.document.runtime, platforms } }));
    expect(appraisal(await evidenceOf({ policyHash: strict.hash }), { policy: strict })).to.equal("EVIDENCE_PLATFORM");
  });

  it("age: as old as the policy allows and no older, a minute ahead of the verifier's clock and no more", async () => {
    const at = async (issuedAt: number, lifetime = 10_000): Promise<string> =>
      appraisal(await evidenceOf({ issuedAt, lifetime }));
    expect(await at(now - 300)).to.equal("none");
    expect(await at(now - 301)).to.equal("EVIDENCE_TIME");
    expect(await at(now + 60)).to.equal("none");
    expect(await at(now + 61)).to.equal("EVIDENCE_TIME");
    expect(await at(now - 100, 100)).to.equal("none");
    expect(await at(now - 100, 99)).to.equal("EVIDENCE_TIME");
  });
});

describe("identity/appraise: every claim is covered", () => {
  /** `claims` with the value at a path of fields replaced, or removed when it is undefined. */
  const withClaim = (claims: Claims, path: string, value: unknown): Claims => {
    const copy = structuredClone(claims) as Record<string, unknown>;
    const fields = path.split(".");
    const last = fields.pop() ?? "";
    const parent = fields.reduce((at, field) => at[field] as Record<string, unknown>, copy);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
    return copy as Claims;
  };
  const changes: readonly (readonly [string, unknown, string])[] = [
    ["eat_profile", "tag:sealfold,2026:sandbox/2", "EVIDENCE_FORMAT"],
    ["eat_nonce", other32, "EVIDENCE_NONCE"],
    ["iat", now + 61, "EVIDENCE_TIME"],
    ["exp", now - 1, "EVIDENCE_TIME"],
    ["ueid", toBase64url(Uint8Array.of(1, ...new Uint8Array(32))), "EVIDENCE_FORMAT"],
    ["swname", "another sandbox", "EVIDENCE_FORMAT"],
    ["cnf.jwk.kty", "EC", "EVIDENCE_FORMAT"],
    ["cnf.jwk.crv", "P-256", "EVIDENCE_FORMAT"],
    ["cnf.jwk.x", `${other32}A`, "EVIDENCE_FORMAT"],
    ["sealfold.role", "reducer", "EVIDENCE_ROLE"],
    ["sealfold.role", "king", "EVIDENCE_FORMAT"],
    ["sealfold.index", -1, "EVIDENCE_FORMAT"],
    ["sealfold.policy", other32, "EVIDENCE_BINDING"],
    ["sealfold.program", other32, "EVIDENCE_BINDING"],
    ["sealfold.job", other32, "EVIDENCE_BINDING"],
    ["sealfold.key", toBase64url(new Uint8Array(32)), "EVIDENCE_FORMAT"],
    ["sealfold.key", toBase64url(keys.bob.publicKey), "EVIDENCE_FORMAT"],
  ];

  for (const [path, value, code] of changes) {
    it(`${path} changed and everything signed anew: ${code}`, async () => {
      const forged = await evidenceOver(withClaim(claimsIn(await evidenceOf()), path, value));
      expect(appraisal(forged)).to.equal(code);
    });
  }

  const paths = [...new Set(changes.map(([path]) => path))];

  it("a claim left out is a fault of form, but for the job's, which is a binding", async () => {
    const claims = claimsIn(await evidenceOf());
    for (const path of paths) {
      const code = path === "sealfold.job" ? "EVIDENCE_BINDING" : "EVIDENCE_FORMAT";
      expect(appraisal(await evidenceOver(withClaim(claims, path, undefined))), path).to.equal(code);
    }
  });

  it("a claim that nobody knows is refused, at every level", async () => {
    const claims = claimsIn(await evidenceOf());
    for (const path of ["more", "sealfold.more", "cnf.more", "cnf.jwk.more"]) {
      expect(appraisal(await evidenceOver(withClaim(claims, path, 1))), path).to.equal("EVIDENCE_FORMAT");
    }
  });

  it("the platform vouches for every claim: a quote over others does not do", async () => {
    const honest = claimsIn(await evidenceOf());
    for (const [path, value] of [
      ["cnf.jwk.x", other32],
      ["sealfold.index", 3],
      ["iat", now - 1],
      ["exp", now + 9],
    ] as const) {
      const forged = signToken(withClaim(honest, path, value), identity); // the sandbox signs; the quote is the old one
      expect(appraisal(forged), path).to.equal("EVIDENCE_SIGNATURE");
    }
  });

  it("exactly one platform quotes", async () => {
    const { submods, ...stated } = claimsIn(await evidenceOf());
    const quote = await attester().quote(reportDataOf(stated));
    const over = (value: Json): string => appraisal(signToken({ ...stated, submods: value }, identity));
    expect(over(submods ?? {})).to.equal("none");
    expect(over({})).to.equal("EVIDENCE_FORMAT");
    expect(over({ software: ["JWT", quote], hardware: ["JWT", quote] })).to.equal("EVIDENCE_FORMAT");
    expect(over({ software: ["CBOR", quote] })).to.equal("EVIDENCE_FORMAT");
    expect(over({ software: ["JWT", quote, quote] })).to.equal("EVIDENCE_FORMAT");
    expect(over({ software: quote })).to.equal("EVIDENCE_FORMAT");
  });

  it("no changed character passes", async () => {
    const evidence = await evidenceOf();
    const character = fc.constantFrom(..."ABCYZabcyz0189-_.=".split(""));
    fc.assert(
      fc.property(fc.nat(evidence.length - 1), character, (at, letter) => {
        fc.pre(evidence[at] !== letter);
        const changed = evidence.slice(0, at) + letter + evidence.slice(at + 1);
        expect(appraisal(changed)).to.match(/^EVIDENCE_(FORMAT|SIGNATURE)$/);
      }),
      { numRuns: 60 },
    );
  });
});

describe("identity/appraise: hostile evidence", () => {
  it("is a fault of form, whatever it is", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(appraisal(value)).to.equal("EVIDENCE_FORMAT");
      }),
      { numRuns: 200 },
    );
  });

  it("is a fault of form when its claims are any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(appraisal(signToken(value as Json, identity))).to.equal("EVIDENCE_FORMAT");
      }),
      { numRuns: 30 },
    );
  });

  it("does not get a second judge for a platform by naming it twice", async () => {
    const lenient = { ...softwareVerifier, verify: () => ({ measurement: sha256(), debug: false }) };
    const verifiers = [softwareVerifier, lenient];
    expect(appraisal(await evidenceOf({}, { debug: true }), { verifiers })).to.equal("EVIDENCE_DEBUG");
  });

  it("is made of claims that the maker can repeat", async () => {
    expect(claimsIn(await evidenceOf())).to.deep.equal(claimsIn(await evidenceOf(claimsOf())));
  });
});
