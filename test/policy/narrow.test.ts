import { expect } from "chai";
import * as fc from "fast-check";

import { canonicalJson } from "../../lib/data/canonical.ts";
import { SealfoldError } from "../../lib/errors.ts";
import type { PolicyDocument } from "../../lib/policy/document.ts";
import { joinNarrowings, narrowPolicy, type Narrowing, noNarrowing, parseNarrowing } from "../../lib/policy/narrow.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import { pooled } from "./_documents.ts";

const parties = ["anna", "ben", "carla"];
const outputNames = ["common", "all", "third"];
const threshold = fc.nat(4);
const shuffled = <T extends string>(names: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...names]);

const anyDocument: fc.Arbitrary<PolicyDocument> = fc
  .record({
    outputs: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom(...outputNames),
        receivers: fc.subarray(parties, { minLength: 1 }),
        minValues: threshold,
        minOwners: fc.nat(2),
        noise: fc.constant("none" as const),
      }),
      { minLength: 1, selector: (output) => output.name },
    ),
  })
  .map((change) => pooled(change));

const anyNarrowing: fc.Arbitrary<Narrowing> = fc.record(
  {
    receivers: shuffled([...parties, "dora"]),
    outputs: shuffled([...outputNames, "fourth"]),
    thresholds: fc.array(
      fc.record({ output: fc.constantFrom(...outputNames, "fourth"), minValues: threshold, minOwners: threshold }),
      { maxLength: 4 },
    ),
  },
  { requiredKeys: [] },
);

/** Whether all that `narrow` lets out, `wide` lets out too: written apart from the code that it judges. */
function isWithin(narrow: PolicyDocument, wide: PolicyDocument): boolean {
  const { outputs, ...rest } = narrow;
  const { outputs: wideOutputs, ...wideRest } = wide;
  const outputIsWithin = (output: PolicyDocument["outputs"][number]): boolean => {
    const before = wideOutputs.find(({ name }) => name === output.name);
    if (before === undefined || output.noise !== before.noise) return false;
    if (output.minValues < before.minValues || output.minOwners < before.minOwners) return false;
    return output.receivers.length > 0 && output.receivers.every((party) => before.receivers.includes(party));
  };
  return (
    canonicalJson(rest) === canonicalJson(wideRest) &&
    outputs.every(outputIsWithin) &&
    outputs.length <= wideOutputs.length
  );
}

function refusal(value: unknown): string {
  try {
    parseNarrowing(pooled(), value);
  } catch (error) {
    if (error instanceof SealfoldError) return `${error.code} ${error.place.field ?? ""}`;
    throw error;
  }
  return "ok";
}

describe("policy/narrow", () => {
  it("never widens a policy", () => {
    fc.assert(
      fc.property(anyDocument, anyNarrowing, (document, narrowing) => {
        expect(isWithin(narrowPolicy(document, narrowing), document)).to.equal(true);
      }),
    );
  });

  it("does as it is told: what it leaves is within every list and above every threshold", () => {
    fc.assert(
      fc.property(anyDocument, anyNarrowing, (document, narrowing) => {
        const { outputs } = narrowPolicy(document, narrowing);
        for (const { name, receivers, minValues, minOwners } of outputs) {
          expect(narrowing.outputs ?? [name]).to.include(name);
          expect(narrowing.receivers ?? receivers).to.include.members([...receivers]);
          for (const raised of narrowing.thresholds?.filter(({ output }) => output === name) ?? []) {
            expect([minValues >= raised.minValues, minOwners >= raised.minOwners]).to.deep.equal([true, true]);
          }
        }
      }),
    );
  });

  it("takes away no more than it is told", () => {
    fc.assert(
      fc.property(anyDocument, anyNarrowing, (document, narrowing) => {
        const after = narrowPolicy(document, narrowing);
        for (const { name, receivers } of document.outputs) {
          const may = receivers.filter((party) => narrowing.receivers?.includes(party) ?? true);
          const left = (narrowing.outputs?.includes(name) ?? true) ? may : [];
          expect(after.outputs.find((output) => output.name === name)?.receivers ?? []).to.deep.equal(left);
        }
      }),
    );
  });

  it("is idempotent: the same narrowing again changes nothing", () => {
    fc.assert(
      fc.property(anyDocument, anyNarrowing, (document, narrowing) => {
        const once = narrowPolicy(document, narrowing);
        expect(narrowPolicy(once, narrowing)).to.deep.equal(once);
        const joined = joinNarrowings(narrowing, narrowing);
        expect(joinNarrowings(joined, joined)).to.deep.equal(joined);
        expect(narrowPolicy(document, joined)).to.deep.equal(once);
      }),
    );
  });

  it("is commutative: two narrowings in either order, or joined, leave the same", () => {
    fc.assert(
      fc.property(anyDocument, anyNarrowing, anyNarrowing, (document, a, b) => {
        const joined = narrowPolicy(document, joinNarrowings(a, b));
        expect(narrowPolicy(narrowPolicy(document, a), b)).to.deep.equal(joined);
        expect(narrowPolicy(narrowPolicy(document, b), a)).to.deep.equal(joined);
        expect(canonicalJson(joinNarrowings(a, b))).to.equal(canonicalJson(joinNarrowings(b, a)));
      }),
    );
  });

  it("joins in any grouping", () => {
    fc.assert(
      fc.property(anyNarrowing, anyNarrowing, anyNarrowing, (a, b, c) => {
        const left = joinNarrowings(joinNarrowings(a, b), c);
        expect(left).to.deep.equal(joinNarrowings(a, joinNarrowings(b, c)));
      }),
    );
  });

  it("leaves a policy that still parses, as long as an output is left", () => {
    fc.assert(
      fc.property(anyDocument, anyNarrowing, (document, narrowing) => {
        const after = narrowPolicy(document, { ...narrowing, thresholds: [] }); // these may ask for more owners than are
        if (after.outputs.length > 0) expect(makePolicy(after).document).to.deep.equal(after);
        else expect(() => makePolicy(after)).to.throw(SealfoldError, "outputs");
      }),
      { numRuns: 25 },
    );
  });

  it("keeps everything when it says nothing", () => {
    expect(narrowPolicy(pooled(), noNarrowing)).to.deep.equal(pooled());
    expect(parseNarrowing(pooled(), {})).to.deep.equal({});
  });

  it("makes an empty list mean that nothing is kept", () => {
    expect(narrowPolicy(pooled(), { receivers: [] }).outputs).to.deep.equal([]);
    expect(narrowPolicy(pooled(), { outputs: [] }).outputs).to.deep.equal([]);
  });

  it("reads a narrowing into one spelling", () => {
    const raised = { output: "all", minValues: 2, minOwners: 0 };
    const read = parseNarrowing(pooled(), {
      receivers: ["carla", "anna", "carla"],
      thresholds: [{ output: "common", minValues: 9, minOwners: 0 }, raised, { ...raised, minOwners: 1 }],
    });
    expect(read).to.deep.equal({
      receivers: ["anna", "carla"],
      thresholds: [
        { output: "all", minValues: 2, minOwners: 1 },
        { output: "common", minValues: 9, minOwners: 0 },
      ],
    });
  });

  it("refuses names that the policy does not have, and fields that no narrowing has", () => {
    expect(refusal({ receivers: ["anna", "ben"] })).to.equal("POLICY_VALUE receivers[1]");
    expect(refusal({ outputs: ["every"] })).to.equal("POLICY_VALUE outputs[0]");
    expect(refusal({ capabilities: [] })).to.equal("POLICY_FIELD capabilities");
    expect(refusal({ thresholds: [{ output: "every", minValues: 1, minOwners: 1 }] })).to.equal(
      "POLICY_VALUE thresholds[0]",
    );
    expect(refusal({ thresholds: [{ output: "all", minValues: -1, minOwners: 1 }] })).to.equal(
      "POLICY_VALUE thresholds[0].minValues",
    );
    expect(refusal({ add: ["ben"] })).to.equal("POLICY_FIELD add");
    expect(refusal({ receivers: "anna" })).to.equal("POLICY_FIELD receivers");
    for (const value of [null, [], "anna", undefined, 1]) expect(refusal(value)).to.equal("POLICY_FIELD ");
  });
});
