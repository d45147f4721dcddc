/** Each row of design §6's receipt table, and each attack on a receipt, caught by the check that is meant for it. */

import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import type { Digest } from "../../lib/crypto/hash.ts";
import { merkleRoot, subtreeRoots } from "../../lib/data/merkle.ts";
import { budgetHead } from "../../lib/proof/budget.ts";
import type { MapManifest } from "../../lib/proof/manifest.ts";
import { encodeReceipt, type Receipt } from "../../lib/proof/receipt.ts";
import { verifyReceipt } from "../../lib/proof/verify-receipt.ts";
import { codeOf } from "../code-of.ts";
import { codeUnder, swapped } from "./_code-under.ts";
import { type Changes, honestJob, type HonestJob, leafOf } from "./_honest-receipt.ts";
import { bytesOf, keyOf, policyOf, runtimeHash } from "./_people.ts";

const other = toBase64url(bytesOf("something else"));

/** What becomes of an honest receipt that is changed afterwards. */
function codeAfter(change: (receipt: Receipt) => Partial<Receipt>): string {
  return codeOf(() => verifyReceipt({ ...honest.receipt, ...change(honest.receipt) }, honest.policy));
}

let honest: HonestJob;

before(async () => {
  honest = await honestJob();
});

describe("proof/verify-receipt: an honest receipt", () => {
  it("verifies with nothing but the policy", () => {
    const summary = verifyReceipt(honest.receipt, honest.policy);
    expect(summary.jobId).to.deep.equal(honest.jobId);
    expect(summary).to.deep.include({ tasks: 4, chunks: 5, partitions: 2, releases: 2, excluded: ["d"] });
    expect(summary).to.deep.include({ owners: ["anna", "ben"], receivers: ["anna", "carla"], platforms: ["software"] });
  });

  it("names everybody who signed, with what they run", () => {
    const { sandboxes } = verifyReceipt(honest.receipt, honest.policy);
    const names = sandboxes.map(({ role, index }) => `${role} ${index}`);
    expect(names).to.deep.equal(["broker 0", "mapper 0", "mapper 1", "reducer 0", "reducer 1"]);
    for (const [i, { key, measurement }] of sandboxes.entries()) {
      expect(key).to.deep.equal(keyOf(names[i]?.replace("broker 0", "broker") ?? "").publicKey);
      expect(measurement).to.deep.equal(runtimeHash);
    }
  });

  it("verifies from its bytes, against the policy's bytes", () => {
    expect(codeOf(() => verifyReceipt(encodeReceipt(honest.receipt), honest.policy.bytes))).to.equal("none");
  });

  it("answers each receiver's nonce, by name or without", () => {
    for (const receiver of ["anna", "carla"]) {
      const nonce = honest.nonces[receiver] as Uint8Array;
      expect(codeOf(() => verifyReceipt(honest.receipt, honest.policy, { nonce }))).to.equal("none");
      expect(codeOf(() => verifyReceipt(honest.receipt, honest.policy, { nonce, receiver }))).to.equal("none");
    }
  });

  it("covers the outputs, the epochs and the ledger that the checker knows", () => {
    const options = {
      outputs: honest.outputs,
      epochs: { a: 7, b: 6, d: 9 },
      budgetHead: budgetHead([bytesOf("an earlier query")]),
    };
    expect(codeOf(() => verifyReceipt(honest.receipt, honest.policy, options))).to.equal("none");
  });

  it("may carry its policy", () => {
    const receipt = { ...honest.receipt, policy: honest.policy.document };
    expect(codeOf(() => verifyReceipt(receipt, honest.policy))).to.equal("none");
  });
});

describe("proof/verify-receipt: policy and requests", () => {
  it("refuses a receipt of another policy", () => {
    const policy = policyOf({ purpose: "something else" });
    expect(codeOf(() => verifyReceipt(honest.receipt, policy))).to.equal("RECEIPT_POLICY");
  });

  it("refuses a receipt that carries another policy than was agreed", () => {
    const policy = policyOf({ purpose: "something else" }).document;
    expect(codeAfter(() => ({ policy }))).to.equal("RECEIPT_POLICY");
  });

  it("refuses a policy that a party did not sign", () => {
    expect(codeAfter(({ signatures }) => ({ signatures: signatures.slice(1) }))).to.equal("POLICY_SIGNATURE");
  });

  it("refuses an old receipt for a new request", () => {
    const options = { nonce: bytesOf("a new nonce"), receiver: "anna" };
    expect(codeOf(() => verifyReceipt(honest.receipt, honest.policy, options))).to.equal("RECEIPT_NONCE");
  });

  it("refuses another receiver's nonce", () => {
    const options = { nonce: honest.nonces["carla"] as Uint8Array, receiver: "anna" };
    expect(codeOf(() => verifyReceipt(honest.receipt, honest.policy, options))).to.equal("RECEIPT_NONCE");
  });

  it("refuses a request that its receiver did not sign", () => {
    const forged = (receipt: Receipt): Partial<Receipt> => ({
      requests: receipt.requests.map(({ document, signature }) => ({
        document: { ...document, key: other },
        signature,
      })),
    });
    expect(codeAfter(forged)).to.equal("REQUEST");
  });

  it("refuses a request to another broker than the one that released", async () => {
    expect(await codeUnder({ requests: (one) => ({ ...one, broker: other }) })).to.equal("REQUEST");
  });

  it("refuses a receipt that nobody asked for, or somebody twice", () => {
    expect(codeAfter(() => ({ requests: [] }))).to.equal("REQUEST");
    expect(codeAfter(({ requests }) => ({ requests: [...requests, ...requests] }))).to.equal("REQUEST");
  });

  it("refuses a request that was left out: without it this is another job, which no broker released", () => {
    expect(codeAfter(({ requests }) => ({ requests: requests.slice(1) }))).to.equal("EVIDENCE_NONCE");
  });
});

describe("proof/verify-receipt: owners' data", () => {
  it("refuses a required owner that was dropped", () =>
    codeUnder({ absent: ["b"] }).then((code) => expect(code).to.equal("COMMITMENT")));

  it("refuses a commitment that its owner did not sign", () => {
    const forged = ({ commitments }: Receipt): Partial<Receipt> => ({
      commitments: commitments.map(({ document, signature }) => ({ document: { ...document, epoch: 9 }, signature })),
    });
    expect(codeAfter(forged)).to.equal("COMMITMENT");
  });

  it("refuses an input that is committed to twice", () => {
    expect(codeAfter(({ commitments }) => ({ commitments: [...commitments, ...commitments] }))).to.equal("COMMITMENT");
  });

  it("refuses data older than the policy accepts, or than the checker saw", async () => {
    expect(await codeUnder({ commitments: (one) => ({ ...one, epoch: 4 }) })).to.equal("EPOCH_STALE");
    expect(await codeUnder({}, { epochs: { b: 8 } })).to.equal("EPOCH_STALE");
  });

  it("refuses more chunks than the policy allows", async () => {
    const plan: Changes["plan"] = (same) => ({
      ...same,
      tasks: same.tasks.map((task) => (task.first === 2 ? { ...task, count: 9 } : task)),
    });
    const commitments: Changes["commitments"] = (one) => (one.input === "a" ? { ...one, chunks: 11 } : one);
    expect(await codeUnder({ commitments, plan })).to.equal("LIMIT_INPUT");
  });

  it("refuses a plan that leaves out, doubles or moves a chunk", async () => {
    const without: Changes["plan"] = (plan) => ({ ...plan, tasks: plan.tasks.slice(1) });
    const short: Changes["plan"] = (plan) => ({ ...plan, tasks: plan.tasks.slice(0, -1) });
    const twice: Changes["plan"] = (plan) => ({ ...plan, tasks: [...plan.tasks, ...plan.tasks.slice(-1)] });
    const moved: Changes["plan"] = (plan) => ({ ...plan, tasks: swapped(plan.tasks, 0, 1) });
    for (const plan of [without, short, twice, moved]) expect(await codeUnder({ plan })).to.equal("PLAN");
  });

  it("refuses a manifest whose inputs are not the chunks of its task", async () => {
    const reading = (inputs: Partial<MapManifest["inputs"]>, one: MapManifest): MapManifest => ({
      ...one,
      inputs: { ...one.inputs, ...inputs },
    });
    const changes: readonly ((one: MapManifest) => MapManifest)[] = [
      (one) => reading({ count: one.inputs.count - 1 }, one),
      (one) => reading({ count: one.inputs.count + 1 }, one),
      (one) => reading({ first: 1 }, one),
      (one) => reading({ input: "b" }, one),
      (one) => reading({ owner: "ben" }, one),
    ];
    for (const change of changes) {
      const map: Changes["map"] = (one, task) => (task === 0 ? change(one) : one);
      expect(await codeUnder({ map })).to.equal("MANIFEST_INPUTS");
    }
  });

  it("refuses a chunk that was swapped for another under its index, or changed places with its neighbour", async () => {
    const [one, two] = [leafOf("a", 0), leafOf("a", 1)];
    for (const leaves of [
      [one, one],
      [two, one],
      [bytesOf("of nobody"), two],
    ]) {
      expect(await codeOfRoots(subtreeRoots(0, leaves))).to.equal("COMMITMENT");
    }
    expect(await codeOfRoots(subtreeRoots(0, [one, two]))).to.equal("none");
  });

  it("refuses a chunk's leaf in a subtree's place, a subtree's root in a chunk's, and any other number of roots", async () => {
    const [one, two, three] = [0, 1, 2].map((index) => leafOf("a", index)) as [Digest, Digest, Digest];
    const whole = merkleRoot([one, two, three]);
    for (const roots of [[], [one], [one, two], [whole], [merkleRoot([one, two]), three]]) {
      expect(await codeOfRoots(roots)).to.equal("COMMITMENT");
    }
    expect(await codeOfRoots([merkleRoot([one, two])], 1)).to.equal("COMMITMENT");
  });
});

/** @returns what becomes of a job in which this task's manifest has other roots, signed by its mapper */
function codeOfRoots(roots: readonly Digest[], at = 0): Promise<string> {
  const map: Changes["map"] = (one, task) =>
    task === at && one.inputs.input === "a"
      ? { ...one, inputs: { ...one.inputs, roots: roots.map(toBase64url) } }
      : one;
  return codeUnder({ map });
}

describe("proof/verify-receipt: map outputs", () => {
  it("refuses a manifest that was dropped, doubled or moved", () => {
    expect(codeAfter(({ map }) => ({ map: map.slice(1) }))).to.equal("MANIFEST_SLOT");
    expect(codeAfter(({ map }) => ({ map: [...map, ...map.slice(-1)] }))).to.equal("MANIFEST_SLOT");
    expect(codeAfter(({ map }) => ({ map: swapped(map, 0, 1) }))).to.equal("MANIFEST_SLOT");
    expect(codeAfter(({ map }) => ({ map: [...map.slice(0, 3), ...map.slice(0, 1)] }))).to.equal("MANIFEST_SLOT");
  });

  it("refuses a manifest without every partition's cell in its place", async () => {
    const changes: readonly ((one: MapManifest) => MapManifest)[] = [
      (one) => ({ ...one, outputs: one.outputs.slice(1) }),
      (one) => ({ ...one, outputs: [...one.outputs, ...one.outputs.slice(-1)] }),
      (one) => ({ ...one, outputs: swapped(one.outputs, 0, 1) }),
    ];
    for (const map of changes) expect(await codeUnder({ map })).to.equal("MANIFEST_SLOT");
  });

  it("refuses cells whose sizes tell them apart", async () => {
    const map: Changes["map"] = (one) => ({
      ...one,
      outputs: one.outputs.map((cell) => ({ ...cell, batches: cell.partition })),
    });
    expect(await codeUnder({ map })).to.equal("MANIFEST_FORMAT");
  });

  it("refuses a manifest of another job", async () => {
    expect(await codeUnder({ map: (one) => ({ ...one, jobId: other }) })).to.equal("MANIFEST_JOB");
    expect(await codeUnder({ reduce: (one) => ({ ...one, jobId: other }) })).to.equal("MANIFEST_JOB");
  });

  it("refuses another attempt's manifest than the reducers had, though a mapper signed it", async () => {
    const { receipt } = await honestJob({ map: (one) => ({ ...one, attempt: other.slice(0, 21) + "A" }) });
    expect(codeAfter(() => ({ map: receipt.map }))).to.equal("COMMIT_SET");
  });
});
