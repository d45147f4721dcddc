/** What programs are given in whole jobs: the same in all sandboxes where it should be, and nothing that is not there. */

import { createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { toBase64url, toHex } from "../../../lib/crypto/bytes.ts";
import { SigningKey } from "../../../lib/crypto/signature.ts";
import type { SealfoldError } from "../../../lib/errors.ts";
import { Output } from "../../../lib/output.ts";
import { openResult } from "../../../lib/party/open-result.ts";
import type { PolicyDocument, PolicyKey, StateScope } from "../../../lib/policy/document.ts";
import { draftPolicy } from "../../../lib/policy/draft.ts";
import { makePolicy } from "../../../lib/policy/policy.ts";
import { systemSeconds } from "../../../lib/sandbox/clock.ts";
import { Body } from "../../../lib/sandbox/message.ts";
import { grantedTools } from "../../../lib/sandbox/roles/granted-tools.ts";
import { InProcessFleet } from "../../claims/_in-process-fleet.ts";
import { aliceRecords, attempt, bobRecords, type World, type WorldOptions } from "../../claims/_world.ts";
import { codeOf } from "../_code-of.ts";

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const signer = SigningKey.fromSeed(new Uint8Array(32).fill(9)).publicKey;
const secret = new Uint8Array(32).fill(5);
const keys: readonly PolicyKey[] = [
  { name: "job", type: "hmac-sha256", source: { kind: "job" } },
  { name: "party", type: "hmac-sha256", source: { kind: "party", party: "alice" } },
  { name: "public", type: "ed25519", source: { kind: "public", key: toBase64url(signer) } },
];

const granting = (document: PolicyDocument): PolicyDocument => ({
  ...document,
  capabilities: ["crypto", "random", "clock", "policy.query"],
  keys,
});
const world: WorldOptions = {
  program: fileOf("./_granted.ts"),
  change: granting,
  limits: { releases: 2 },
  fleet: (key) => new InProcessFleet(key),
};

interface Shown {
  readonly mapped: readonly string[];
  readonly reduced: string;
}

async function shownIn(here: World, partitions = 2): Promise<(what: string) => Shown> {
  const request = await here.request();
  const { outputs } = openResult(request, await here.run(request, partitions));
  const shown = Output.fromPartitions<Shown>(outputs.get("counts") ?? []).toMap();
  return (what) => shown.get(what) ?? { mapped: [], reduced: "" };
}

describe("sandbox/roles/granted-tools: in a whole job", () => {
  it("is one clock, that of the job's opening to the minute, and the policy as it was signed", () =>
    attempt(world, async (here) => {
      await here.parties.alice.provisionKey("party", secret, here.coordinator);
      const before = systemSeconds();
      const shown = await shownIn(here);
      const { mapped, reduced } = shown("clock");
      expect(mapped).to.deep.equal([reduced]);
      expect(Number(reduced) % 60).to.equal(0);
      expect(Number(reduced)).to.be.within(before - 59, systemSeconds());
      expect(shown("policy")).to.deep.equal({
        mapped: [here.policy.document.purpose],
        reduced: here.policy.document.purpose,
      });
    }));

  it("is other randomness for each task and partition", () =>
    attempt(world, async (here) => {
      await here.parties.alice.provisionKey("party", secret, here.coordinator);
      const { mapped, reduced } = (await shownIn(here))("random");
      const records = aliceRecords.length + bobRecords.length;
      expect(mapped).to.have.length(records); // every record draws on, none begins anew
      expect(mapped).not.to.include(reduced);
    }));

  it("is a key of the query's own, the same in all its sandboxes, and another in the next query", () =>
    attempt(world, async (here) => {
      await here.parties.alice.provisionKey("party", secret, here.coordinator);
      const [first, second] = [(await shownIn(here))("job key"), (await shownIn(here))("job key")];
      expect([first.mapped, second.mapped]).to.deep.equal([[first.reduced], [second.reduced]]);
      expect(first.reduced).not.to.equal(second.reduced);
    }));

  it("is a party's key once the party has handed it over, and no job before that", () =>
    attempt(world, async (here) => {
      const { alice, bob } = here.parties;
      const request = await here.request();
      const error = (await here.run(request).catch((thrown: unknown) => thrown)) as SealfoldError;
      expect([error.code, error.place.party]).to.deep.equal(["NOT_READY", "alice"]);
      expect(await codeOf(() => bob.provisionKey("party", secret, here.coordinator))).to.equal("DENIED_PARTY");
      expect(await codeOf(() => alice.provisionKey("job", secret, here.coordinator))).to.equal("DENIED_PARTY");
      const short = await alice
        .provisionKey("party", secret.subarray(1), here.coordinator)
        .catch((thrown: unknown) => thrown);
      expect(short).to.be.instanceOf(RangeError);
      await alice.provisionKey("party", secret, here.coordinator);
      const { mapped, reduced } = (await shownIn(here))("party key");
      const expected = createHmac("sha256", secret).update("text").digest("hex");
      expect([...mapped, reduced]).to.deep.equal([expected, expected]);
    }));

  it("is a public key as it stands in the policy", () =>
    attempt(world, async (here) => {
      await here.parties.alice.provisionKey("party", secret, here.coordinator);
      const { mapped, reduced } = (await shownIn(here))("public key");
      expect([...mapped, reduced]).to.deep.equal([toHex(signer), toHex(signer)]);
    }));

  it("is nothing that the policy does not grant: the program is not run", async () => {
    for (const capabilities of [[], ["crypto"], ["crypto", "random", "clock"]] as const) {
      const change = (document: PolicyDocument): PolicyDocument => ({ ...document, capabilities });
      const run = attempt({ ...world, change }, async (here) => here.run(await here.request()));
      expect(await codeOf(() => run)).to.equal("DENIED_CAPABILITY");
    }
  });
});

describe("sandbox/roles: what a program keeps between tasks", () => {
  const seenUnder = (state: StateScope): Promise<readonly [seen: number, counted: number]> => {
    const change = (document: PolicyDocument): PolicyDocument => ({
      ...document,
      capabilities: ["counters"],
      counters: ["records"],
      stages: [{ ...document.stages[0], state }, document.stages[1]],
    });
    return attempt({ ...world, change, program: fileOf("./_keeping.ts") }, async (here) => {
      const request = await here.request();
      const sealed = await here.coordinator.run({ requests: [request.signed], mappers: 1, partitions: 1 });
      expect(sealed.receipt.plan.tasks.length).to.be.above(2);
      const { outputs, counters } = openResult(request, sealed);
      const [entry] = Output.fromPartitions<number>(outputs.get("counts") ?? []);
      return [entry?.[1] ?? 0, counters["records"] ?? 0] as const;
    });
  };
  const records = aliceRecords.length + bobRecords.length;

  it("is nothing, unless the policy says otherwise", async () => {
    const [seen, counted] = await seenUnder("perTask");
    expect(seen).to.be.within(1, Math.max(aliceRecords.length, bobRecords.length));
    expect(counted).to.equal(records);
  });

  it("is what it likes where the policy says perSandbox, and counters still begin anew with each task", async () => {
    expect(await seenUnder("perSandbox")).to.deep.equal([records, records]);
  });
});

describe("sandbox/roles/granted-tools: what a realm is given", () => {
  const grant = new Body({ tools: { clock: 60, keys: {} } });
  const granted = (capabilities: PolicyDocument["capabilities"]) => {
    const draft = draftPolicy({
      key: signer,
      platformKey: signer,
      programMeasurement: new Uint8Array(32),
      runtimeMeasurement: new Uint8Array(32),
      format: { kind: "lines" },
      now: systemSeconds(),
    });
    return grantedTools(makePolicy({ ...draft, capabilities }), grant);
  };

  it("has no word of the policy unless the policy grants policy.query", () => {
    expect(granted([])).to.equal(undefined);
    expect(granted(["clock"])?.policy).to.equal("null");
    expect(granted(["policy.query"])?.policy).to.contain("policy/1");
  });
});
