import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { draftPolicy, type DraftOptions } from "../../lib/policy/draft.ts";
import { defaultLimits, limitRanges, numberRanges } from "../../lib/policy/limits.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import { isInForce, outputsOf, ownersOf } from "../../lib/policy/questions.ts";
import { signPolicy, verifyPolicySignatures } from "../../lib/policy/sign.ts";
import { anna, machine, programHash, runtimeHash } from "./_documents.ts";

const now = 1_800_000_000;
const options: DraftOptions = {
  key: anna.publicKey,
  programMeasurement: programHash,
  runtimeMeasurement: runtimeHash,
  platformKey: machine.publicKey,
  format: { kind: "lines" },
  now: now + 0.75,
};

describe("policy/draft", () => {
  it("drafts a policy that parses, with one party in all roles", () => {
    const policy = makePolicy(draftPolicy(options));
    expect(policy.document.parties).to.deep.equal([{ name: "you", key: toBase64url(anna.publicKey) }]);
    expect(ownersOf(policy)).to.deep.equal(["you"]);
    expect(outputsOf(policy, "you")).to.have.length(1);
    verifyPolicySignatures(policy, [signPolicy(policy, "you", anna)]);
  });

  it("is in force now and for 30 days", () => {
    const policy = makePolicy(draftPolicy(options));
    const days = 30 * 24 * 60 * 60;
    expect([now - 60, now, now + days - 1].map((time) => isInForce(policy, time))).to.deep.equal([true, true, true]);
    expect([now - 61, now + days].map((time) => isInForce(policy, time))).to.deep.equal([false, false]);
    expect(makePolicy(draftPolicy({ ...options, now: 0 })).document.notBefore).to.equal(0);
  });

  it("takes what the caller says over what it would say", () => {
    const said = { purpose: "p", party: "me", limits: { releases: 7 }, maxChunks: 3, maxChunkBytes: 99 };
    const { document } = makePolicy(draftPolicy({ ...options, ...said, format: { kind: "csv", columns: ["a"] } }));
    expect(document.purpose).to.equal("p");
    expect(document.host).to.equal("me");
    expect(document.limits).to.deep.equal({ ...defaultLimits, releases: 7 });
    expect(document.inputs[0]).to.include({ maxChunks: 3, maxChunkBytes: 99 });
    expect(document.inputs[0]?.format).to.deep.equal({ kind: "csv", columns: ["a"] });
  });

  it("gives the program nothing and lets it keep nothing unless told", () => {
    const { document } = makePolicy(draftPolicy(options));
    expect([document.capabilities, document.counters, document.keys]).to.deep.equal([[], [], []]);
    expect([document.stages[0].state, document.programs[0]?.kind]).to.deep.equal(["perTask", "typescript"]);
    const said: Partial<DraftOptions> = {
      programKind: "wasm",
      capabilities: ["crypto", "counters"],
      counters: ["empty"],
      keys: [{ name: "session", type: "hkdf-sha256", source: { kind: "job" } }],
      state: "perSandbox",
    };
    const told = makePolicy(draftPolicy({ ...options, ...said })).document;
    expect(told).to.deep.include({ capabilities: said.capabilities, counters: said.counters, keys: said.keys });
    expect([told.stages[0].state, told.programs[0]?.kind]).to.deep.equal(["perSandbox", "wasm"]);
  });

  it("is the same text for the same answers", () => {
    expect(makePolicy(draftPolicy(options)).hash).to.deep.equal(makePolicy(draftPolicy(options)).hash);
  });
});

describe("policy/limits", () => {
  it("has every default within its range", () => {
    for (const [name, range] of [...Object.entries(limitRanges), ...Object.entries(numberRanges)]) {
      expect(range.default, name).to.be.within(range.min, range.max);
    }
    expect(Object.keys(defaultLimits)).to.deep.equal(Object.keys(limitRanges));
  });
});
