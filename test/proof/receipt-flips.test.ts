/** Nothing in a receipt is there for show: whatever is changed in it, however little, verification fails, with a code. */

import { expect } from "chai";
import fc from "fast-check";

import { errorTable, isErrorCode, SealfoldError } from "../../lib/errors.ts";
import type { Receipt } from "../../lib/proof/receipt.ts";
import { verifyReceipt } from "../../lib/proof/verify-receipt.ts";
import { honestJob, type HonestJob, third } from "./_honest-receipt.ts";
import { at, changedAt, leavesOf, nodesOf } from "./_paths.ts";

/** Another value of the same kind, and where it is base64url, another that is as well-formed. */
function flipped(old: unknown): unknown {
  if (typeof old === "boolean") return !old;
  if (typeof old === "number") return old + 1;
  const text = old as string;
  return (text.startsWith("A") ? "B" : "A") + text.slice(1);
}

let honest: HonestJob;
let receipt: Receipt;

before(async () => {
  honest = await honestJob(third);
  receipt = { ...honest.receipt, policy: honest.policy.document } satisfies Receipt;
});

function codeOf(changed: unknown): string {
  try {
    verifyReceipt(changed, honest.policy);
    return "none";
  } catch (error) {
    if (!(error instanceof SealfoldError)) throw error;
    return error.code;
  }
}

/** The exit status of a code: 3, 4, 5, 6 and 8 are refusals; 1 would be a bug of ours. */
function isRefusal(code: string): boolean {
  return isErrorCode(code) && [3, 4, 5, 6, 8].includes(errorTable[code].exit);
}

describe("proof/verify-receipt: nothing in a receipt is there for show", () => {
  it("verifies unchanged", () => {
    expect(codeOf(receipt)).to.equal("none");
    expect(leavesOf(receipt).length).to.be.above(150);
  });

  it("refuses every text, number and truth that is another", () => {
    const passed = leavesOf(receipt).filter((path) => !isRefusal(codeOf(changedAt(receipt, path, flipped))));
    expect(passed.map((path) => path.join("."))).to.deep.equal([]);
  }).timeout(20_000);

  it("refuses a change of any one character, however the text ends up", () => {
    const leaf = fc.constantFrom(...leavesOf(receipt).filter((path) => typeof at(receipt, path) === "string"));
    fc.assert(
      fc.property(leaf, fc.nat(), fc.string({ minLength: 0, maxLength: 2, unit: "binary" }), (path, n, piece) => {
        const old = at(receipt, path) as string;
        const from = n % (old.length + 1);
        const other = old.slice(0, from) + piece + old.slice(from + 1);
        fc.pre(other !== old);
        expect(codeOf(changedAt(receipt, path, () => other)), path.join(".")).to.satisfy(isRefusal);
      }),
      { numRuns: 40 },
    );
  });

  it("refuses a value of another kind in any place", () => {
    const place = fc.constantFrom(...leavesOf(receipt), ...nodesOf(receipt).slice(1));
    const values = fc.oneof(fc.constantFrom(null, true, 0, -1, 0.5, "", [], {}), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(place, values, (path, value) => {
        fc.pre(JSON.stringify(at(receipt, path)) !== JSON.stringify(value));
        expect(codeOf(changedAt(receipt, path, () => value)), path.join(".")).to.satisfy(isRefusal);
      }),
      { numRuns: 150 },
    );
  });

  it("refuses anything left out of it, but for the policy that it carries", () => {
    const all = [...leavesOf(receipt), ...nodesOf(receipt).slice(1)].filter((path) => path.join() !== "policy");
    fc.assert(
      fc.property(fc.constantFrom(...all), (path) => {
        expect(codeOf(changedAt(receipt, path, () => undefined)), path.join(".")).to.satisfy(isRefusal);
      }),
      { numRuns: 50 },
    );
    expect(codeOf(changedAt(receipt, ["policy"], () => undefined))).to.equal("none");
  });

  it("refuses any field that it does not know, at every level", () => {
    const passed = nodesOf(receipt)
      .filter((path) => !Array.isArray(at(receipt, path)))
      .filter((path) => codeOf(changedAt(receipt, [...path, "more"], () => 1)) === "none");
    expect(passed).to.deep.equal([]);
  }).timeout(20_000);
});

describe("proof/verify-receipt: hostile receipts", () => {
  it("are malformed, whatever they are", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        (value) => {
          expect(codeOf(value)).to.equal("RECEIPT_FORMAT");
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are malformed when reading them throws, never ends, or gives something else each time", () => {
    const trap = (): never => {
      throw new Error("a trap");
    };
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const hostile: readonly unknown[] = [
      new Proxy({}, { get: trap, ownKeys: trap, getPrototypeOf: trap }),
      Object.defineProperty({}, "final", { get: trap, enumerable: true }),
      { toJSON: () => receipt },
      { ...receipt, toString: trap },
      cycle,
      Array.from({ length: 3 }),
      undefined,
      () => receipt,
      Symbol("receipt"),
    ];
    for (const value of hostile) expect(codeOf(value)).to.equal("RECEIPT_FORMAT");
  });

  it("cannot change between being checked and being told of", () => {
    let reads = 0;
    const shifting = { ...receipt };
    const honestHash = shifting.policyHash;
    Object.defineProperty(shifting, "policyHash", { get: () => (reads++ < 2 ? honestHash : ""), enumerable: true });
    expect(codeOf(shifting)).to.be.oneOf(["none", "RECEIPT_FORMAT"]);
    expect(reads).to.be.at.most(3); // it was copied once, and the copy is what was checked
  });
});
