import { expect } from "chai";
import fc from "fast-check";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import type { Commitment } from "../../lib/proof/commitment.ts";
import { makePlan, parsePlan, type PlanDocument, verifyPlan } from "../../lib/proof/plan.ts";
import { codeOf } from "../code-of.ts";
import { bytesOf, policyOf } from "./_people.ts";

const policy = policyOf();

/** What a plan needs of commitments, of `sizes` chunks each; nothing is signed. */
function commitmentsOf(sizes: readonly number[]): readonly Commitment[] {
  return sizes.map((chunks, i) => ({
    document: { policyHash: "", owner: `owner${i % 2}`, input: `input${i}`, epoch: 1, chunks, root: "" },
    signature: "",
  }));
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const options = fc.record({
  mappers: fc.integer({ min: 1, max: 9 }),
  partitions: fc.integer({ min: 1, max: 64 }),
  chunksPerTask: fc.integer({ min: 1, max: 12 }),
});

describe("proof/plan", () => {
  it("made for any commitments covers every chunk once, within one input per task and the size asked for", () => {
    fc.assert(
      fc.property(sizes, options, (chunks, asked) => {
        const commitments = commitmentsOf(chunks);
        const plan = makePlan(commitments, asked);
        expect(codeOf(() => verifyPlan(policy, plan, commitments))).to.equal("none");
        const covered = plan.tasks.flatMap(({ input, first, count }) =>
          Array.from({ length: count }, (_, i) => `${input} ${first + i}`),
        );
        expect(new Set(covered).size).to.equal(covered.length);
        expect(covered.length).to.equal(chunks.reduce((sum, size) => sum + size, 0));
        expect(plan.tasks.every(({ count }) => count <= asked.chunksPerTask)).to.equal(true);
        expect(parsePlan(JSON.parse(JSON.stringify(plan)))).to.deep.equal(plan);
      }),
    );
  });

  it("has three tasks for each mapper, and in a large input as many for one as for another", () => {
    const counts = (chunks: number, mappers: number): readonly number[] =>
      makePlan(commitmentsOf([chunks]), { mappers, partitions: 1 }).tasks.map(({ count }) => count);
    expect(counts(60, 2)).to.deep.equal([10, 10, 10, 10, 10, 10]);
    expect(counts(2, 2)).to.deep.equal([1, 1]);
    expect(counts(33, 2)).to.deep.equal([5, 6, 5, 6, 5, 6]);
    expect(counts(1585, 2)).to.have.length(14);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 9 }), (chunks, mappers) => {
        const all = counts(chunks, mappers);
        expect(Math.max(...all)).to.be.at.most(128);
        expect(Math.max(...all) - Math.min(...all), "none is much longer than another").to.be.at.most(1);
        if (chunks > 3 * 128 * mappers) expect(all.length % mappers === 0 || all.length > 3 * mappers).to.equal(true);
      }),
    );
  });

  it("has tasks of at most 128 MiB, or of one chunk, where the chunks' sizes are known", () => {
    const MiB = 1024 * 1024;
    const commitments = commitmentsOf([200, 200, 200, 200]);
    const chunkBytes = new Map([
      ["input0", MiB],
      ["input1", 4 * MiB],
      ["input2", 256 * MiB],
    ]);
    const { tasks } = makePlan(commitments, { mappers: 1, partitions: 1, chunkBytes });
    const counts = commitments.map(({ document }) => tasks.find(({ input }) => input === document.input)?.count);
    expect(counts).to.deep.equal([100, 28, 1, 100]);
  });

  it("is the same for the same commitments", () => {
    const asked = { mappers: 3, partitions: 2 };
    expect(makePlan(commitmentsOf([9, 4]), asked)).to.deep.equal(makePlan(commitmentsOf([9, 4]), asked));
  });

  it("of which any task was left out, doubled, changed or moved within its input is refused", () => {
    const commitments = commitmentsOf([7, 5]);
    const plan = makePlan(commitments, { mappers: 1, partitions: 2, chunksPerTask: 2 });
    const change = fc.constantFrom<(tasks: PlanDocument["tasks"], at: number) => PlanDocument["tasks"]>(
      (tasks, at) => tasks.filter((_, i) => i !== at),
      (tasks, at) => tasks.flatMap((task, i) => (i === at ? [task, task] : [task])),
      (tasks, at) => tasks.map((task, i) => (i === at ? { ...task, count: task.count + 1 } : task)),
      (tasks, at) => tasks.map((task, i) => (i === at ? { ...task, first: task.first + 1 } : task)),
      (tasks, at) => tasks.map((task, i) => (i === at ? { ...task, owner: "somebody" } : task)),
      (tasks, at) => tasks.map((task, i) => (i === at ? { ...task, input: "something" } : task)),
      (tasks, at) => [...tasks, { ...(tasks[at] ?? tasks[0]), input: "something" } as PlanDocument["tasks"][0]],
    );
    fc.assert(
      fc.property(change, fc.nat(plan.tasks.length - 1), (alter, at) => {
        expect(codeOf(() => verifyPlan(policy, { ...plan, tasks: alter(plan.tasks, at) }, commitments))).to.equal(
          "PLAN",
        );
      }),
    );
    expect(codeOf(() => verifyPlan(policy, { ...plan, tasks: plan.tasks.toReversed() }, commitments))).to.equal("PLAN");
  });

  it("has no more partitions than the policy allows", () => {
    const commitments = commitmentsOf([1]);
    const most = policy.document.limits.partitions;
    const under = (partitions: number): string =>
      codeOf(() => verifyPlan(policy, makePlan(commitments, { mappers: 1, partitions }), commitments));
    expect([1, most, most + 1].map(under)).to.deep.equal(["none", "none", "DENIED_CAP"]);
  });

  it("is not made for no mappers, no partitions or empty tasks", () => {
    for (const wrong of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const name of ["mappers", "partitions", "chunksPerTask"]) {
        const asked = { mappers: 1, partitions: 1, chunksPerTask: 1, [name]: wrong };
        expect(() => makePlan(commitmentsOf([1]), asked), `${name} ${wrong}`).to.throw(RangeError, name);
      }
    }
  });

  it("of another shape is refused", () => {
    const plan = makePlan(commitmentsOf([1]), { mappers: 1, partitions: 1 });
    const task = plan.tasks[0] as PlanDocument["tasks"][0];
    for (const other of [
      null,
      {},
      { ...plan, padding: "none" },
      { ...plan, partitions: 0 },
      { ...plan, more: 1 },
      { ...plan, tasks: [{ ...task, count: 0 }] },
      { ...plan, tasks: [{ ...task, first: -1 }] },
      { ...plan, tasks: [{ ...task, first: 0.5 }] },
      { ...plan, tasks: [{ ...task, owner: "" }] },
      { ...plan, tasks: [{ ...task, seed: toBase64url(bytesOf("seed")) }] },
    ]) {
      expect(codeOf(() => parsePlan(other))).to.equal("PLAN");
    }
  });
});
