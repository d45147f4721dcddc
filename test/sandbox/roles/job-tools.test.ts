import { expect } from "chai";
import * as fc from "fast-check";

import { sha256 } from "../../../lib/crypto/hash.ts";
import type { Capability } from "../../../lib/data/capabilities.ts";
import { draftPolicy } from "../../../lib/policy/draft.ts";
import { makePolicy, type PolicyKey } from "../../../lib/policy/policy.ts";
import { SigningKey } from "../../../lib/crypto/signature.ts";
import type { BrokerState } from "../../../lib/sandbox/roles/broker-state.ts";
import { JobTools } from "../../../lib/sandbox/roles/job-tools.ts";
import { codeOf } from "../../code-of.ts";

const key = SigningKey.fromSeed(new Uint8Array(32).fill(1)).publicKey;
const query = (n: number) => sha256(Uint8Array.of(n));
const partyKey: PolicyKey = { name: "mine", type: "hmac-sha256", source: { kind: "party", party: "you" } };
const jobKey: PolicyKey = { name: "ours", type: "hmac-sha256", source: { kind: "job" } };

interface Broker {
  readonly capabilities?: readonly Capability[];
  readonly keys?: readonly PolicyKey[];
  readonly secret?: number;
  readonly handed?: Uint8Array;
  readonly now?: number;
}

/** As much of a broker as its tools are made from. */
function toolsOf({ capabilities = ["random"], keys = [], secret = 1, handed, now = 0 }: Broker, n = 1): JobTools {
  const policy = makePolicy(
    draftPolicy({
      key,
      platformKey: key,
      programMeasurement: new Uint8Array(32),
      runtimeMeasurement: new Uint8Array(32),
      format: { kind: "lines" },
      now: 1000,
      capabilities,
      keys,
    }),
  );
  const memory = { secret: new Uint8Array(32).fill(secret), programKey: () => handed };
  const state = { policy, memory, clock: () => now };
  return new JobTools(state as unknown as BrokerState, query(n));
}

const task = { owner: "you", input: "records", first: 0, count: 3 };

describe("sandbox/roles/job-tools", () => {
  it("grant only what the policy names", () => {
    expect(toolsOf({ capabilities: [] }).grant()).to.deep.equal({});
    expect(toolsOf({ capabilities: ["counters"], now: 90 }).grant()).to.deep.equal({ tools: { clock: 0, keys: {} } });
    expect(toolsOf({ capabilities: ["clock"], now: 119 }).grant()).to.deep.equal({ tools: { clock: 60, keys: {} } });
    for (const capabilities of [[], ["clock"], ["counters", "policy.query"]] as const) {
      expect(toolsOf({ capabilities }).taskSeed(task)).to.deep.equal({});
      expect(toolsOf({ capabilities }).partitionSeed(0, 1)).to.deep.equal({});
    }
    for (const capability of ["random", "crypto"] as const) {
      expect(toolsOf({ capabilities: [capability] }).taskSeed(task)).to.have.property("seed");
    }
  });

  it("give the same seed for the same work of the same query, and another for any other", () => {
    const seeds = [
      toolsOf({}).taskSeed(task),
      toolsOf({}).taskSeed({ ...task, owner: "me" }),
      toolsOf({}).taskSeed({ ...task, input: "other" }),
      toolsOf({}).taskSeed({ ...task, first: 1 }),
      toolsOf({}).taskSeed({ ...task, count: 4 }),
      toolsOf({}).partitionSeed(0, 1),
      toolsOf({}).partitionSeed(0, 2),
      toolsOf({}).partitionSeed(1, 2),
      toolsOf({}, 2).taskSeed(task),
      toolsOf({ secret: 2 }).taskSeed(task),
    ].map((seed) => JSON.stringify(seed));
    expect(new Set(seeds).size).to.equal(seeds.length);
    expect(JSON.stringify(toolsOf({ now: 777 }).taskSeed({ ...task }))).to.equal(seeds[0]);
  });

  it("never give two tasks of a plan one seed", () => {
    const anyTask = fc.record({
      owner: fc.constantFrom("a", "ab"),
      input: fc.constantFrom("b", "bb"),
      first: fc.nat(3),
      count: fc.integer({ min: 1, max: 3 }),
    });
    const tools = toolsOf({});
    fc.assert(
      fc.property(anyTask, anyTask, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(JSON.stringify(tools.taskSeed(a)) === JSON.stringify(tools.taskSeed(b))).to.equal(same);
      }),
    );
  });

  it("make keys of the job's own, and take a party's as it is", () => {
    const handed = new Uint8Array(32).fill(3);
    const broker: Broker = { capabilities: ["crypto"], keys: [jobKey, partyKey], handed };
    const keysOf = (tools: JobTools) => (tools.grant()["tools"] as { keys: Record<string, string> }).keys;
    const keys = keysOf(toolsOf(broker));
    expect(keys["mine"]).to.equal(Buffer.from(handed).toString("base64url"));
    const renamed = keysOf(toolsOf({ ...broker, keys: [{ ...jobKey, name: "theirs" }] }))["theirs"];
    const retyped = keysOf(toolsOf({ ...broker, keys: [{ ...jobKey, type: "hkdf-sha256" }] }))["ours"];
    const other = keysOf(toolsOf(broker, 2))["ours"];
    expect(new Set([keys["ours"], renamed, retyped, other]).size).to.equal(4);
    expect(keysOf(toolsOf(broker))["ours"]).to.equal(keys["ours"]);
  });

  it("are not there before a party has handed over its key; what it hands over later is for later jobs", () => {
    expect(codeOf(() => toolsOf({ capabilities: ["crypto"], keys: [partyKey] }))).to.equal("NOT_READY");
    const handed = new Uint8Array(32).fill(3);
    const tools = toolsOf({ capabilities: ["crypto"], keys: [partyKey], handed });
    const before = JSON.stringify(tools.grant());
    handed.fill(4);
    expect(JSON.stringify(tools.grant())).to.equal(before);
  });
});
