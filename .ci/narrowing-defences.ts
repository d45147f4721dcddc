/**
 * The defences of what a policy grants and of what a program narrows: that nothing is granted that the policy does not
 * name, and that narrowings of all sandboxes are joined, applied before anything is sealed, and can never widen.
 */

import type { RowBy } from "./row.ts";

const narrow = "lib/policy/narrow.ts";
const joined = "lib/proof/narrowing.ts";
const reducer = "lib/sandbox/roles/reducer.ts";
const release = "lib/sandbox/roles/release.ts";
const key = "lib/sandbox/roles/released-key.ts";
const tools = "lib/sandbox/roles/granted-tools.ts";

const policyTests = "test/policy/narrow.test.ts";
const proofTests = "test/proof/narrowing.test.ts test/proof/verify-receipt.test.ts";
const jobTests = "test/claims/narrowing.test.ts test/sandbox/roles/narrowed-jobs.test.ts";
const toolTests = "test/sandbox/roles/granted-tools.test.ts test/sandbox/roles/job-tools.test.ts";

export const narrowingRows: readonly RowBy[] = [
  // what a narrowing is
  [
    "receivers and outputs are intersected",
    narrow,
    "a.filter((name) => b.includes(name))",
    "[...a, ...b]",
    policyTests,
  ],
  [
    "a joined threshold of values is the higher",
    narrow,
    "minValues: Math.max(before.minValues, minValues)",
    "minValues",
    policyTests,
  ],
  [
    "a joined threshold of owners is the higher",
    narrow,
    "minOwners: Math.max(before.minOwners, minOwners)",
    "minOwners",
    policyTests,
  ],
  [
    "a narrowed threshold is never under the policy's",
    narrow,
    "minValues: Math.max(output.minValues, ...raised",
    "minValues: Math.max(0, ...raised",
    policyTests,
  ],
  [
    "an output without receivers is gone",
    narrow,
    "\n      .filter((output) => output.receivers.length > 0)",
    "",
    policyTests,
  ],
  ["a narrowing names what the policy has", narrow, "if (at === -1) return;", "if (at >= -1) return;", policyTests],
  // what is held of it
  [
    "every reducer applied the join",
    joined,
    "if (canonicalJson(document.applied) !== spelt) throw",
    "if (false) throw",
    proofTests,
  ],
  [
    "nothing is narrowed without the capability",
    joined,
    'if (!grants(policy, "policy.narrow") && spelt',
    "if (false && spelt",
    proofTests,
  ],
  [
    "a narrowing has one spelling",
    joined,
    "parsed !== undefined && canonicalJson(parsed) === canonicalJson(narrowed)",
    "parsed !== undefined",
    proofTests,
  ],
  [
    "the final manifest names the join",
    "lib/proof/check-final.ts",
    "canonicalJson(final.document.narrowing) === canonicalJson(narrowing)",
    "true",
    proofTests,
  ],
  [
    "a reducer holds the coordinator to its own narrowing",
    reducer,
    "if (canonicalJson(narrowings[this.#member.index] ?? {}) !== canonicalJson(held.narrowed)) {",
    "if (false) {",
    jobTests,
  ],
  [
    "a reducer seals what the join leaves",
    reducer,
    "new OutputWriters(narrowPolicy(document, applied).outputs)",
    "new OutputWriters(document.outputs)",
    jobTests,
  ],
  [
    "a released key is of one join",
    key,
    "commitSet, canonicalBytes(narrowing))",
    "commitSet, canonicalBytes({}))",
    `${jobTests} test/claims/release.test.ts`,
  ],
  [
    "the broker wraps what the join leaves",
    release,
    "left: narrowPolicy(state.policy.document, narrowing).outputs",
    "left: state.policy.document.outputs",
    jobTests,
  ],
  // what is granted
  [
    "the policy is shown where it says so",
    tools,
    'grants(policy, "policy.query") ? fromUtf8(policy.bytes) : "null"',
    "fromUtf8(policy.bytes)",
    toolTests,
  ],
  [
    "nothing is granted where nothing is named",
    tools,
    "if (capabilities.length === 0) return undefined;",
    "",
    toolTests,
  ],
  ["no seed without randomness", tools, "seed: isSeeded(policy) ?", "seed: true ?", toolTests],
  [
    "a public key is known for one",
    tools,
    "bytes: fromBase64url(source.key, 32), isPublic: true",
    "bytes: fromBase64url(source.key, 32), isPublic: false",
    toolTests,
  ],
];
