/** Every list of a receipt: no entry can be left out, doubled or exchanged with another, but in lists that are sets. */

import { expect } from "chai";

import { SealfoldError } from "../../lib/errors.ts";
import { verifyReceipt } from "../../lib/proof/verify-receipt.ts";
import { honestJob, type HonestJob, third } from "./_honest-receipt.ts";
import { at, changedAt, nodesOf } from "./_paths.ts";

type List = readonly unknown[];

/** Sets: each entry names itself and is checked by itself, so their order says nothing. */
const sets = ["signatures", "transfers", "commitments"];

let honest: HonestJob;

before(async () => {
  honest = await honestJob(third);
});

function verifies(receipt: unknown): boolean {
  try {
    verifyReceipt(receipt, honest.policy);
    return true;
  } catch (error) {
    if (error instanceof SealfoldError) return false;
    throw error;
  }
}

/** The lists that still verify when one of their entries was changed, by name and index. */
function survivors(change: (list: List, i: number) => List): readonly string[] {
  const { receipt } = honest;
  const lists = nodesOf(receipt).filter((path) => Array.isArray(at(receipt, path)));
  return lists.flatMap((path) => {
    const list = at(receipt, path) as List;
    const passed = [...list.keys()].filter((i) => {
      const other = change(list, i);
      return other !== list && verifies(changedAt(receipt, path, () => other));
    });
    return passed.map((i) => [...path, i].join("."));
  });
}

describe("proof/verify-receipt: the lists of a receipt", () => {
  it("refuses every one from which an entry was left out", () => {
    expect(survivors((list, i) => list.toSpliced(i, 1))).to.deep.equal([]);
  }).timeout(20_000);

  it("refuses every one in which an entry stands twice", () => {
    expect(survivors((list, i) => list.toSpliced(i, 0, list[i]))).to.deep.equal([]);
  }).timeout(20_000);

  it("refuses every one in which an entry changed places with the next, but for sets", () => {
    const exchanged = survivors((list, i) => {
      if (i + 1 >= list.length || list[i] === list[i + 1]) return list;
      return list.toSpliced(i, 2, list[i + 1], list[i]);
    });
    expect(exchanged.filter((name) => !sets.includes(name.split(".")[0] ?? ""))).to.deep.equal([]);
  }).timeout(20_000);

  it("says the same of a set in any order", () => {
    const { receipt, policy } = honest;
    const signatures = receipt.signatures.toReversed();
    const commitments = receipt.commitments.toReversed();
    const transfers = receipt.transfers.toReversed();
    const summary = verifyReceipt({ ...receipt, signatures, transfers, commitments }, policy);
    expect(summary.jobId).to.deep.equal(honest.jobId);
  });
});
