import { expect } from "chai";
import fc from "fast-check";

import { toHex } from "../../lib/crypto/bytes.ts";
import { budgetHead, budgetHeads, extendsHead } from "../../lib/proof/budget.ts";
import { bytesOf } from "./_people.ts";

const ledgers = fc.array(fc.nat(20), { maxLength: 8 }).map((numbers) => numbers.map((n) => bytesOf(`query ${n}`)));

describe("proof/budget", () => {
  it("has a head of its own after every release", () => {
    const heads = budgetHeads([1, 2, 3].map((n) => bytesOf(`query ${n}`))).map(toHex);
    expect(new Set(heads).size).to.equal(4);
  });

  it("goes through every head that it had, and ends in the last", () => {
    fc.assert(
      fc.property(ledgers, fc.nat(8), (queries, n) => {
        expect(extendsHead(queries, budgetHead(queries.slice(0, n)))).to.equal(true);
        expect(toHex(budgetHead(queries))).to.equal(toHex(budgetHeads(queries).at(-1) ?? new Uint8Array()));
      }),
    );
  });

  it("does not go through the head of a ledger that is longer, or has another query or order", () => {
    fc.assert(
      fc.property(ledgers, ledgers, (queries, others) => {
        const isPrefix = others.every((query, i) => queries[i] !== undefined && toHex(queries[i]) === toHex(query));
        expect(extendsHead(queries, budgetHead(others))).to.equal(isPrefix);
      }),
    );
    expect(extendsHead([bytesOf("a")], new Uint8Array(32))).to.equal(false);
    expect(extendsHead([bytesOf("a")], new Uint8Array())).to.equal(false);
  });
});
