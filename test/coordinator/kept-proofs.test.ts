import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { type Digest, sha256 } from "../../lib/crypto/hash.ts";
import type { Deposit } from "../../lib/coordinator/deposit.ts";
import { type KeptJob, proveMap } from "../../lib/coordinator/kept-proofs.ts";
import { subtreeRoots } from "../../lib/data/merkle.ts";
import { foldToken } from "../../lib/identity/shown-token.ts";
import type { MapManifest } from "../../lib/proof/manifest.ts";
import { type Changes, honestJob, leafOf } from "../proof/_honest-receipt.ts";

/** What is said of the first task's output when it was kept, of a job that was changed before it was signed. */
async function wordOf(map: NonNullable<Changes["map"]>): Promise<string> {
  const { policy, jobId, receipt } = await honestJob({ map });
  const deposits = receipt.commitments.map((commitment): Deposit => {
    const { input, chunks } = commitment.document;
    const leaves = Array.from({ length: chunks }, (_, index) => leafOf(input, index));
    return { commitment, leaves: Buffer.concat(leaves), sizes: leaves.map(() => 1) };
  });
  const job: KeptJob = { policy, jobId, plan: receipt.plan, deposits };
  try {
    const evidence = receipt.evidence.mappers.map(foldToken)[0];
    proveMap(job, 0, { manifest: receipt.map[0], evidence, admission: {} });
    return "none";
  } catch (error) {
    return (error as Error).message;
  }
}

const withRoots = (one: MapManifest, roots: readonly Digest[]): MapManifest => ({
  ...one,
  inputs: { ...one.inputs, roots: roots.map(toBase64url) },
});

describe("coordinator/kept-proofs", () => {
  const [a, b, c] = [0, 1, 2].map((index) => leafOf("a", index)) as [Digest, Digest, Digest];

  it("goes on to who was let in where a map output is of the chunks that were committed to", async () => {
    expect(await wordOf((one) => one)).to.include("the admission is malformed");
    expect(await wordOf((one, task) => (task === 0 ? withRoots(one, subtreeRoots(0, [a, b])) : one))).to.include(
      "admission",
    );
  });

  it("takes no map output of other chunks, or of these in another order or number, whoever signed it", async () => {
    const others = [subtreeRoots(0, [b, a]), subtreeRoots(0, [a, c]), [a, b], [a], [], [sha256(a, b)]];
    for (const roots of others) {
      expect(await wordOf((one) => withRoots(one, roots))).to.include("it was made of other chunks");
    }
  });
});
