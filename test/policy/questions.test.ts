import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import * as ask from "../../lib/policy/questions.ts";
import { codeOf } from "../code-of.ts";
import { anna, machine, pooled, programHash, runtimeHash } from "./_documents.ts";

const policy = makePolicy(pooled());

describe("policy/questions", () => {
  it("gives a party's key, and refuses who is not a party", () => {
    expect(ask.partyKey(policy, "anna")).to.deep.equal(anna.publicKey);
    for (const name of ["dora", "Anna", "", "__proto__"]) {
      expect(codeOf(() => ask.partyKey(policy, name))).to.equal("DENIED_PARTY");
    }
  });

  it("knows inputs by name and by owner", () => {
    expect(ask.inputNamed(policy, "books-b")?.owner).to.equal("ben");
    expect(ask.inputNamed(policy, "books-c")).to.equal(undefined);
    expect(ask.inputsOf(policy, "ben").map(({ name }) => name)).to.deep.equal(["books-b"]);
    expect(ask.inputsOf(policy, "carla")).to.deep.equal([]);
    expect(ask.ownersOf(policy)).to.deep.equal(["anna", "ben"]);
  });

  it("takes a commitment within the input's caps and no other", () => {
    const commit = (change: object) => () =>
      ask.expectCommitment(policy, { owner: "anna", input: "books-a", epoch: 5, chunks: 10, ...change });
    expect(codeOf(commit({}))).to.equal("none");
    expect(codeOf(commit({ owner: "ben" }))).to.equal("DENIED_PARTY");
    expect(codeOf(commit({ input: "books-c" }))).to.equal("DENIED_PARTY");
    expect(codeOf(commit({ epoch: 4 }))).to.equal("EPOCH_STALE");
    expect(codeOf(commit({ chunks: 11 }))).to.equal("LIMIT_INPUT");
  });

  it("takes a chunk of as many bytes as the input allows, and none more", () => {
    const input = ask.inputNamed(policy, "books-a");
    if (input === undefined) throw new Error("the fixture lost an input");
    expect(codeOf(() => ask.expectChunkBytes(input, 4096))).to.equal("none");
    expect(codeOf(() => ask.expectChunkBytes(input, 4097))).to.equal("LIMIT_INPUT");
  });

  it("knows who receives what", () => {
    expect(ask.outputsOf(policy, "carla").map(({ name }) => name)).to.deep.equal(["common"]);
    expect(ask.outputsOf(policy, "ben")).to.deep.equal([]);
  });

  it("lets a result out at its threshold and not below", () => {
    const [common] = ask.outputsOf(policy, "carla");
    if (common === undefined) throw new Error("the fixture lost an output");
    expect(ask.meetsThreshold(common, 3, 2)).to.equal(true);
    expect(ask.meetsThreshold(common, 2, 2)).to.equal(false);
    expect(ask.meetsThreshold(common, 3, 1)).to.equal(false);
  });

  it("names the program of both stages", () => {
    expect(ask.programMeasurement(policy, "map")).to.equal(toBase64url(programHash));
    expect(ask.programMeasurement(policy, "reduce")).to.equal(toBase64url(programHash));
    expect(ask.programOf(policy, "map")).to.include({ name: "words", kind: "typescript" });
  });

  it("accepts the runtimes and platforms it names, and `software` only when it is named", () => {
    expect(ask.acceptsMeasurement(policy, runtimeHash)).to.equal(true);
    expect(ask.acceptsMeasurement(policy, programHash)).to.equal(false);
    expect(ask.acceptsMeasurement(policy, runtimeHash.subarray(0, 31))).to.equal(false);
    expect(ask.acceptsMeasurement(policy, new Uint8Array(0))).to.equal(false);
    expect(ask.anchorOf(policy, "software")).to.deep.equal(machine.publicKey);
    const key = toBase64url(machine.publicKey);
    const hardware = pooled({ runtime: { ...pooled().runtime, platforms: [{ name: "tdx", key }] } });
    expect(ask.anchorOf(makePolicy(hardware), "software")).to.equal(undefined);
  });

  it("caps sandboxes per role and partitions", () => {
    for (const [role, most] of [
      ["broker", 1],
      ["mapper", 16],
      ["reducer", 16],
    ] as const) {
      expect(codeOf(() => ask.expectSandboxes(policy, role, most))).to.equal("none");
      expect(codeOf(() => ask.expectSandboxes(policy, role, most + 1))).to.equal("DENIED_CAP");
    }
    for (const wrong of [0, 65, 1.5, Number.NaN]) {
      expect(codeOf(() => ask.expectPartitions(policy, wrong))).to.equal("DENIED_CAP");
    }
    expect([1, 64].map((count) => codeOf(() => ask.expectPartitions(policy, count)))).to.deep.equal(["none", "none"]);
  });

  it("gives a realm its caps in bytes", () => {
    const { keyBytes, valueBytes, badRecords } = policy.document.limits;
    expect(ask.programLimits(policy)).to.deep.equal({ keyBytes, valueBytes, badRecords, outputBytes: 2 ** 30 });
  });

  it("knows what the program is given, and which key a party is to hand over", () => {
    expect(["clock", "crypto"].map((name) => ask.grants(policy, name as "clock"))).to.deep.equal([true, false]);
    const keys = [
      { name: "pseudonyms", type: "hmac-sha256", source: { kind: "party", party: "ben" } },
      { name: "session", type: "hkdf-sha256", source: { kind: "job" } },
    ] as const;
    const keyed = makePolicy(pooled({ capabilities: ["crypto"], keys }));
    expect(ask.keyOfParty(keyed, "ben", "pseudonyms")).to.deep.equal(keys[0]);
    expect(ask.keyOfParty(keyed, "anna", "pseudonyms")).to.equal(undefined);
    expect(ask.keyOfParty(keyed, "ben", "session")).to.equal(undefined);
  });

  it("knows who keeps which share of the broker's memory", () => {
    expect(["anna", "ben", "carla", "dora"].map((party) => ask.shareHolder(policy, party))).to.deep.equal([
      0,
      undefined,
      1,
      undefined,
    ]);
    expect(ask.keepsShare(policy, "carla")).to.equal(true);
    const none = makePolicy(pooled({ recovery: { kind: "none" } }));
    expect(ask.keepsShare(none, "anna")).to.equal(false);
  });

  it("knows who may cancel and who may read diagnostics", () => {
    expect(["anna", "ben", "carla"].map((party) => ask.mayCancel(policy, party))).to.deep.equal([false, false, true]);
    expect(["anna", "ben"].map((party) => ask.readsDiagnostics(policy, party))).to.deep.equal([true, false]);
  });

  it("is in force from its first second on and before its last", () => {
    const times = [999, 1000, 1999, 1999.9, 2000, Number.NaN];
    expect(times.map((now) => ask.isInForce(policy, now))).to.deep.equal([false, true, true, true, false, false]);
    expect(() => ask.expectInForce(policy, 999)).to.throw("not in force before 1970-01-01T00:16:40.000Z");
    expect(() => ask.expectInForce(policy, 2000)).to.throw("over since 1970-01-01T00:33:20.000Z");
    expect(codeOf(() => ask.expectInForce(policy, 1500))).to.equal("none");
    expect(codeOf(() => ask.expectInForce(policy, 2000))).to.equal("POLICY_TIME");
  });
});
