import { expect } from "chai";

import { canonicalBytes, type Json } from "../../lib/data/canonical.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { parsePolicy } from "../../lib/policy/policy.ts";
import { pooled, withField } from "./_documents.ts";

/** The code and the field that a policy is refused with, or "none". */
function verdictOn(path: string, value: unknown): string {
  try {
    parsePolicy(canonicalBytes(withField(pooled(), path, value) as Json));
    return "none";
  } catch (error) {
    if (error instanceof SealfoldError) return `${error.code} ${error.place.field}`;
    throw error;
  }
}

describe("policy/recovery: who can let a broker's successor go on", () => {
  it("is nobody, or as many of some parties as the threshold says", () => {
    expect(verdictOn("recovery", { kind: "none" })).to.equal("none");
    for (const threshold of [1, 2]) expect(verdictOn("recovery.threshold", threshold)).to.equal("none");
  });

  const refused: readonly (readonly [why: string, path: string, value: unknown, verdict: string])[] = [
    ["another kind", "recovery.kind", "escrow", "POLICY_FIELD recovery.kind"],
    ["no kind", "recovery", {}, "POLICY_FIELD recovery.kind"],
    ["parties where there is no recovery", "recovery.kind", "none", "POLICY_FIELD recovery.parties"],
    ["a threshold of nobody", "recovery.threshold", 0, "POLICY_VALUE recovery.threshold"],
    ["a threshold that is no whole number", "recovery.threshold", "2", "POLICY_FIELD recovery.threshold"],
    ["a threshold over every policy's parties", "recovery.threshold", 257, "POLICY_VALUE recovery.threshold"],
    ["more shares wanted than there are", "recovery.threshold", 3, "POLICY_VALUE recovery.threshold"],
    ["nobody who has a share", "recovery.parties", [], "POLICY_VALUE recovery.parties"],
    ["a stranger who has a share", "recovery.parties[1]", "dora", "POLICY_VALUE recovery.parties[1]"],
    ["a party with two shares", "recovery.parties", ["ben", "anna", "ben"], "POLICY_VALUE recovery.parties[2]"],
  ];
  for (const [why, path, value, verdict] of refused) {
    it(`refuses ${why}`, () => expect(verdictOn(path, value)).to.equal(verdict));
  }
});
