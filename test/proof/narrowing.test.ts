/** What reducers narrowed, against what they applied and what was released: nothing of it can be hidden or widened. */

import { expect } from "chai";
import * as fc from "fast-check";

import { canonicalJson } from "../../lib/data/canonical.ts";
import { type Narrowing, narrowPolicy } from "../../lib/policy/narrow.ts";
import type { Policy, PolicyDocument } from "../../lib/policy/policy.ts";
import type { FinalManifest } from "../../lib/proof/manifest.ts";
import { joinedNarrowing } from "../../lib/proof/narrowing.ts";
import { verifyReceipt } from "../../lib/proof/verify-receipt.ts";
import { codeOf } from "../code-of.ts";
import { codeUnder } from "./_code-under.ts";
import { type Changes, honestJob, joinOf } from "./_honest-receipt.ts";
import { policyOf } from "./_people.ts";
import { changedAt, leavesOf } from "./_paths.ts";

const granted = (change: Partial<PolicyDocument> = {}): Policy =>
  policyOf({ capabilities: ["policy.narrow", "counters"], counters: ["empty", "odd"], ...change });
const threshold = (output: string, minValues: number, minOwners = 0) => ({ output, minValues, minOwners });

/** Partition 0 leaves it to Anna; partition 1 wants three values behind each common result. */
const narrowed: readonly Narrowing[] = [{ receivers: ["anna"] }, { thresholds: [threshold("common", 3)] }];
const policy = granted();

const inFinal =
  (change: Partial<FinalManifest>) =>
  (document: FinalManifest): FinalManifest => ({ ...document, ...change });

describe("proof/narrowing: an honest receipt", () => {
  it("verifies, and says what was narrowed", async () => {
    const { receipt, outputs } = await honestJob({ policy, narrowed });
    const summary = verifyReceipt(receipt, policy, { outputs });
    expect(summary.narrowing).to.deep.equal({ receivers: ["anna"], thresholds: [threshold("common", 3)] });
    expect(receipt.final.document.outputs.map(({ wraps }) => wraps.map(({ receiver }) => receiver))).to.deep.equal([
      ["anna"],
      ["anna"],
    ]);
  });

  it("has no output that was narrowed away, and none that nobody is left to receive", async () => {
    for (const [by, left] of [
      [{ outputs: ["common"] }, ["common"]],
      [{ receivers: ["carla"] }, ["common"]],
      [{ receivers: [] }, []],
      [{ outputs: [] }, []],
    ] as const) {
      const { receipt } = await honestJob({ policy, narrowed: [{}, by] });
      expect(verifyReceipt(receipt, policy).narrowing).to.deep.equal(by);
      expect(receipt.final.document.outputs.map(({ name }) => name)).to.deep.equal(left);
    }
  });

  it("releases exactly the policy narrowed by the join, whatever the policy and the partitions say", async () => {
    await fc.assert(
      fc.asyncProperty(anyPolicy, fc.func(fc.nat()), async (agreed, draw) => {
        const known = narrowingsOf(agreed, draw);
        const changes = { policy: agreed, narrowed: known };
        const { receipt } = await honestJob(changes);
        const { narrowing } = verifyReceipt(receipt, agreed);
        expect(canonicalJson(narrowing)).to.equal(canonicalJson(joinOf(changes)));
        const { outputs } = narrowPolicy(agreed.document, narrowing);
        expect(receipt.final.document.outputs.map(({ name }) => name)).to.deep.equal(outputs.map(({ name }) => name));
        receipt.final.document.outputs.forEach(({ wraps }, i) => {
          const entitled = ["anna", "carla"].filter((party) => outputs[i]?.receivers.includes(party));
          expect(wraps.map(({ receiver }) => receiver)).to.deep.equal(entitled);
        });
      }),
      { numRuns: 20 },
    );
  }).timeout(20_000);
});

describe("proof/narrowing: what was narrowed cannot be hidden", () => {
  const lies: readonly (readonly [what: string, code: string, changes: Changes])[] = [
    ["a reducer that applied less than the join", "NARROWING", { reduce: (one) => ({ ...one, applied: {} }) }],
    [
      "a reducer that applied its own narrowing alone",
      "NARROWING",
      { reduce: (one) => ({ ...one, applied: one.narrowed }) },
    ],
    [
      "a reducer that applied more than the join",
      "NARROWING",
      { reduce: (one) => ({ ...one, applied: { ...one.applied, outputs: ["own"] } }) },
    ],
    ["one reducer's narrowing hidden", "NARROWING", { reduce: (one, r) => (r === 0 ? { ...one, narrowed: {} } : one) }],
    [
      "a narrowing in another spelling",
      "MANIFEST_FORMAT",
      { reduce: (one) => ({ ...one, narrowed: { ...one.narrowed, receivers: ["anna", "anna"] } }) },
    ],
    [
      "a narrowing of another policy",
      "MANIFEST_FORMAT",
      { reduce: (one) => ({ ...one, narrowed: { ...one.narrowed, outputs: ["elsewhere"] } }) },
    ],
    ["a narrowing left out of the final list", "RECEIPT_FINAL", { final: inFinal({ narrowing: narrowed[0] ?? {} }) }],
    ["no narrowing in the final list", "RECEIPT_FINAL", { final: inFinal({ narrowing: {} }) }],
    [
      "a wrap to a receiver who was narrowed out",
      "RECEIPT_FINAL",
      {
        final: (one) => ({
          ...one,
          outputs: one.outputs.map((output) => ({
            ...output,
            wraps: [...output.wraps, { receiver: "carla", wrap: output.wraps[0]?.wrap ?? "" }],
          })),
        }),
      },
    ],
    [
      "counters of another length",
      "RECEIPT_FINAL",
      { final: (one) => ({ ...one, outputs: one.outputs.map((output) => ({ ...output, counters: "" })) }) },
    ],
  ];
  for (const [what, code, changes] of lies) {
    it(`refuses ${what}`, async () => {
      expect(await codeUnder({ policy, narrowed })).to.equal("none");
      expect(await codeUnder({ policy, narrowed, ...changes })).to.equal(code);
    });
  }

  it("refuses an output that was narrowed away and is there all the same", async () => {
    const away: readonly Narrowing[] = [{ outputs: ["own"] }, {}];
    const { receipt } = await honestJob({ policy });
    const final = inFinal({ outputs: receipt.final.document.outputs });
    expect(await codeUnder({ policy, narrowed: away, final })).to.equal("RECEIPT_FINAL");
  });

  it("refuses any narrowing where the policy does not let the program narrow", async () => {
    const strict = granted({ capabilities: ["counters"] });
    expect(await codeUnder({ policy: strict })).to.equal("none");
    expect(await codeUnder({ policy: strict, narrowed })).to.equal("NARROWING");
  });

  it("refuses a change in any leaf of any narrowing", async () => {
    const { receipt } = await honestJob({ policy, narrowed });
    const narrowing = new Set(["narrowed", "applied", "narrowing"]);
    const leaves = leavesOf(receipt).filter((path) => path.some((step) => narrowing.has(String(step))));
    expect(leaves.length).to.be.above(8);
    for (const path of leaves) {
      const other = (old: unknown): unknown => (typeof old === "number" ? old + 1 : old === "anna" ? "carla" : "own");
      const codes = [other, () => undefined].map((change) =>
        codeOf(() => verifyReceipt(changedAt(receipt, path, change), policy)),
      );
      for (const code of codes) expect(code, path.join(".")).to.match(/^(MANIFEST_(SIGNATURE|FORMAT)|RECEIPT_FORMAT)$/);
    }
  });

  it("asks every reducer: the join is theirs, in any order", async () => {
    const { receipt } = await honestJob({ policy, narrowed });
    const join = joinedNarrowing(policy, receipt.reduce);
    expect(joinedNarrowing(policy, receipt.reduce.toReversed())).to.deep.equal(join);
    expect(codeOf(() => joinedNarrowing(policy, receipt.reduce.slice(1)))).to.equal("NARROWING");
  });
});

const anyPolicy: fc.Arbitrary<Policy> = fc
  .array(
    fc.record({
      receivers: fc.subarray(["anna", "carla"], { minLength: 1 }),
      minValues: fc.nat(3),
      minOwners: fc.nat(2),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((outputs) => [
    ...outputs.map((output, i) => ({ name: `o${i}`, noise: "none" as const, ...output })),
    { name: "all", receivers: ["anna", "carla"], minValues: 0, minOwners: 0, noise: "none" as const },
  ])
  .map((outputs) => granted({ outputs }));

/** One narrowing for each of two partitions, of names that `policy` has. */
function narrowingsOf({ document }: Policy, draw: (what: string) => number): readonly Narrowing[] {
  const some = (what: string, names: readonly string[]): readonly string[] =>
    names.filter((name) => draw(`${what} ${name}`) % 4 !== 0).toSorted();
  const outputs = document.outputs.map(({ name }) => name);
  return [0, 1].map((partition) => ({
    ...(draw(`receivers ${partition}`) % 2 === 0 && { receivers: some(`receiver ${partition}`, ["anna", "carla"]) }),
    ...(draw(`outputs ${partition}`) % 2 === 0 && { outputs: some(`output ${partition}`, outputs) }),
    ...(draw(`thresholds ${partition}`) % 2 === 0 && {
      thresholds: outputs.toSorted().map((name) => threshold(name, draw(`values ${partition} ${name}`) % 9)),
    }),
  }));
}
