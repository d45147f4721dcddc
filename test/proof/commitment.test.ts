import { expect } from "chai";
import fc from "fast-check";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import type { Digest } from "../../lib/crypto/hash.ts";
import { type LeafRun, merkleRoot, subtreeRoots } from "../../lib/data/merkle.ts";
import {
  type CommitmentDocument,
  expectInputs,
  expectRuns,
  parseCommitment,
  signCommitment,
  verifyCommitment,
} from "../../lib/proof/commitment.ts";
import { codeOf } from "../code-of.ts";
import { bytesOf, keyOf, policyOf } from "./_people.ts";

const policy = policyOf();
const leaves: readonly Digest[] = [0, 1, 2].map((index) => bytesOf(`leaf ${index}`));
const honest: CommitmentDocument = {
  policyHash: toBase64url(policy.hash),
  owner: "anna",
  input: "a",
  epoch: 7,
  chunks: leaves.length,
  root: toBase64url(merkleRoot(leaves)),
};

const codeUnder = (change: Partial<CommitmentDocument>, given?: readonly Digest[], signer = "anna"): string =>
  codeOf(() => verifyCommitment(policy, signCommitment({ ...honest, ...change }, keyOf(signer)), given));

describe("proof/commitment", () => {
  it("holds when its owner signed it, over these chunks in this order", () => {
    expect(codeUnder({})).to.equal("none");
    expect(codeUnder({}, leaves)).to.equal("none");
  });

  it("does not hold over chunks that were dropped, doubled, moved or exchanged", () => {
    const [a, b, c] = leaves as [Digest, Digest, Digest];
    for (const other of [[], [a], [a, b], [b, a, c], [a, b, c, c], [a, b, b], [a, b, bytesOf("another")]]) {
      expect(codeUnder({}, other)).to.equal("COMMITMENT");
    }
    // an inner node in place of its leaves has the same root, and another number of chunks
    expect(codeUnder({}, [merkleRoot([a, b]), c])).to.equal("COMMITMENT");
  });

  it("holds over runs of these chunks, each once and in order, and over no others", () => {
    const [a, b, c] = leaves as [Digest, Digest, Digest];
    const of = (first: number, ...some: readonly Digest[]): LeafRun => ({
      first,
      count: some.length,
      roots: subtreeRoots(first, some),
    });
    const codeOver = (runs: readonly LeafRun[]): string =>
      codeOf(() => expectRuns(signCommitment(honest, keyOf("anna")), runs));
    for (const runs of [[of(0, a, b, c)], [of(0, a), of(1, b, c)], [of(0, a, b), of(2, c)]]) {
      expect(codeOver(runs)).to.equal("none");
    }
    const others = [
      [],
      [of(0, a, b)],
      [of(1, b, c), of(0, a)],
      [of(0, a), of(0, a), of(1, b, c)],
      [of(0, a), of(1, c, b)],
      [of(0, a, b, c), of(3, c)],
    ];
    for (const runs of others) expect(codeOver(runs)).to.equal("COMMITMENT");
    // two chunks, of which the first is the node over two others: the same root, and another number of chunks
    expect(codeOver([of(0, merkleRoot([a, b]), c)])).to.equal("COMMITMENT");
  });

  it("does not hold when somebody else signed it, or it is for another policy", () => {
    expect(codeUnder({}, undefined, "ben")).to.equal("COMMITMENT");
    expect(codeUnder({ policyHash: toBase64url(bytesOf("another policy")) })).to.equal("COMMITMENT");
  });

  it("does not hold where the policy does not allow it", () => {
    expect(codeUnder({ owner: "ben" }, undefined, "ben")).to.equal("DENIED_PARTY");
    expect(codeUnder({ owner: "zoe" })).to.equal("DENIED_PARTY");
    expect(codeUnder({ input: "z" })).to.equal("DENIED_PARTY");
    expect([4, 5].map((epoch) => codeUnder({ epoch }))).to.deep.equal(["EPOCH_STALE", "none"]);
    expect([10, 11].map((chunks) => codeUnder({ chunks }))).to.deep.equal(["none", "LIMIT_INPUT"]);
  });

  it("does not hold once any field was changed after the signature", () => {
    const signed = signCommitment(honest, keyOf("anna"));
    const other: CommitmentDocument = { ...honest, epoch: 8, chunks: 4, root: toBase64url(bytesOf("another root")) };
    for (const field of ["epoch", "chunks", "root"] as const) {
      const document = { ...honest, [field]: other[field] };
      expect(
        codeOf(() => verifyCommitment(policy, { ...signed, document })),
        field,
      ).to.equal("COMMITMENT");
    }
  });

  it("is read from JSON, and nothing else is", () => {
    const signed = signCommitment(honest, keyOf("anna"));
    expect(parseCommitment(JSON.parse(JSON.stringify(signed)))).to.deep.equal(signed);
    for (const change of [
      { chunks: 0 },
      { chunks: 1.5 },
      { epoch: -1 },
      { root: "AA" },
      { owner: "a b" },
      { more: 1 },
    ]) {
      const document = { ...honest, ...change };
      expect(
        codeOf(() => parseCommitment({ ...signed, document })),
        JSON.stringify(change),
      ).to.equal("COMMITMENT");
    }
    fc.assert(fc.property(fc.anything(), (value) => codeOf(() => parseCommitment(value)) === "COMMITMENT"));
  });

  it("is there for each required input, and once for each", () => {
    const of = (input: string, owner: string): ReturnType<typeof signCommitment> =>
      signCommitment({ ...honest, input, owner }, keyOf(owner));
    const [a, b, d] = [of("a", "anna"), of("b", "ben"), of("d", "dora")];
    expect(expectInputs(policy, [a, b])).to.deep.equal(["d"]);
    expect(expectInputs(policy, [d, b, a])).to.deep.equal([]);
    for (const wrong of [[], [a], [b, d], [a, b, b]]) {
      expect(codeOf(() => expectInputs(policy, wrong))).to.equal("COMMITMENT");
    }
  });
});
