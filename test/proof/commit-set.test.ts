import { expect } from "chai";
import fc from "fast-check";

import { toHex } from "../../lib/crypto/bytes.ts";
import { merkleRoot, rootOfRuns } from "../../lib/data/merkle.ts";
import { appraise } from "../../lib/identity/appraise.ts";
import { certificateId } from "../../lib/identity/evidence.ts";
import { foldToken } from "../../lib/identity/shown-token.ts";
import {
  checkMapManifests,
  checkReduceManifests,
  commitSetHash,
  runsOf,
  type SignerOf,
} from "../../lib/proof/commit-set.ts";
import type { Receipt } from "../../lib/proof/receipt.ts";
import { codeOf } from "../code-of.ts";
import { honestJob, type HonestJob, leafOf } from "./_honest-receipt.ts";

let job: HonestJob;
let names: { readonly jobId: HonestJob["jobId"]; readonly plan: Receipt["plan"] };
let mapperOf: SignerOf;
let reducerOf: SignerOf;

before(async () => {
  job = await honestJob();
  const { policy, jobId, receipt } = job;
  names = { jobId, plan: receipt.plan };
  const signers = (role: "mapper" | "reducer", evidence: readonly string[]): SignerOf => {
    const keys = new Map(
      evidence.map((jwt) => [toHex(certificateId(jwt)), appraise(jwt, { policy, role, jobId }).signingKey]),
    );
    return (certId) => keys.get(toHex(certId));
  };
  mapperOf = signers("mapper", receipt.evidence.mappers.map(foldToken));
  reducerOf = signers("reducer", receipt.evidence.reducers.map(foldToken));
});

describe("proof/commit-set: one map manifest per task", () => {
  const codeUnder = (map: Receipt["map"], signerOf: SignerOf = mapperOf): string =>
    codeOf(() => checkMapManifests(names, map, signerOf));

  it("is taken as it was planned", () => {
    expect(codeUnder(job.receipt.map)).to.equal("none");
  });

  it("is refused in any other choice or order of the same manifests", () => {
    const { map } = job.receipt;
    const right = map.map((_, i) => i).join();
    fc.assert(
      fc.property(fc.array(fc.nat(map.length - 1), { maxLength: 6 }), (picks) => {
        fc.pre(picks.join() !== right);
        expect(codeUnder(picks.map((i) => map[i] as Receipt["map"][0]))).to.equal("MANIFEST_SLOT");
      }),
    );
  });

  it("is refused of sandboxes that are not known, or in another role", () => {
    expect(codeUnder(job.receipt.map, () => undefined)).to.equal("MANIFEST_SIGNATURE");
    expect(codeUnder(job.receipt.map, reducerOf)).to.equal("MANIFEST_SIGNATURE");
  });

  it("is refused in another job, whose name is not in the manifests", async () => {
    const { jobId } = await honestJob({ requests: (one) => ({ ...one, nonce: one.key }) });
    expect(codeOf(() => checkMapManifests({ ...names, jobId }, job.receipt.map, mapperOf))).to.equal("MANIFEST_JOB");
  });

  it("names runs of chunks that rebuild every root", () => {
    const runs = runsOf(job.receipt.map);
    expect([...runs.keys()]).to.deep.equal(["a", "b"]);
    expect(runs.get("a")?.map(({ first, count }) => [first, count])).to.deep.equal([
      [0, 2],
      [2, 1],
    ]);
    const leaves = [0, 1].map((i) => leafOf("b", i));
    expect(rootOfRuns(runs.get("b") ?? [])).to.deep.equal({ count: 2, root: merkleRoot(leaves) });
  });
});

describe("proof/commit-set: its hash", () => {
  it("changes with every change of the set: of its manifests, their order and the job", () => {
    const { map } = job.receipt;
    const [first, ...rest] = map as [Receipt["map"][0], ...Receipt["map"]];
    const retried = { ...first, document: { ...first.document, attempt: "A".repeat(22) } };
    const hashes = [map, map.toReversed(), rest, [...map, first], [retried, ...rest], []].map((manifests) =>
      toHex(commitSetHash(job.jobId, manifests)),
    );
    hashes.push(toHex(commitSetHash(job.query, map)));
    expect(new Set(hashes).size).to.equal(hashes.length);
    expect(toHex(commitSetHash(job.jobId, [...map]))).to.equal(hashes[0]);
  });
});

describe("proof/commit-set: one reduce manifest per partition", () => {
  const codeUnder = (reduce: Receipt["reduce"], set = commitSetHash(job.jobId, job.receipt.map)): string =>
    codeOf(() => checkReduceManifests(names, set, reduce, reducerOf));

  it("is taken over the set that was mapped", () => {
    expect(codeUnder(job.receipt.reduce)).to.equal("none");
  });

  it("is refused over any other set", () => {
    expect(codeUnder(job.receipt.reduce, commitSetHash(job.jobId, []))).to.equal("COMMIT_SET");
  });

  it("is refused in any other choice or order of the same manifests", () => {
    const [a, b] = job.receipt.reduce as [Receipt["reduce"][0], Receipt["reduce"][0]];
    for (const other of [[], [a], [b, a], [a, a], [b, b], [a, b, b]]) {
      expect(codeUnder(other)).to.equal("MANIFEST_SLOT");
    }
  });

  it("asks for the signer of each partition by number", () => {
    const asked: number[] = [];
    const set = commitSetHash(job.jobId, job.receipt.map);
    checkReduceManifests(names, set, job.receipt.reduce, (certId, partition) => {
      asked.push(partition);
      return reducerOf(certId);
    });
    expect(asked).to.deep.equal([0, 1]);
  });
});
