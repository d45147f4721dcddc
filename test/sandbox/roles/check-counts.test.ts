import { expect } from "chai";

import { toBase64url } from "../../../lib/crypto/bytes.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import type { Signed } from "../../../lib/data/signed.ts";
import type { SealfoldError } from "../../../lib/errors.ts";
import type { MapManifest, ReduceManifest } from "../../../lib/proof/manifest.ts";
import { checkCounts } from "../../../lib/sandbox/roles/check-counts.ts";
import { countsKey, sealCounts } from "../../../lib/sandbox/roles/counts.ts";

const jobId = sha256(Uint8Array.of(1));
const certId = sha256(Uint8Array.of(2));
const attempt = new Uint8Array(16);
const job = { id: jobId, badRecords: 1, counters: 0, countsKeyOf: () => countsKey(new Uint8Array(32), certId) };

/** A manifest as far as its counts go. */
function counted(counts: readonly number[]): { certId: string; attempt: string; counts: string } {
  const sealed = sealCounts(job.countsKeyOf(), { jobId, certId, attempt }, counts);
  return { certId: toBase64url(certId), attempt: toBase64url(attempt), counts: toBase64url(sealed) };
}

const mapped = (...counts: readonly number[]) => ({ document: counted(counts), signature: "" }) as Signed<MapManifest>;
const reduced = (partition: number, ...counts: readonly number[]) =>
  ({ document: { ...counted(counts), partition }, signature: "" }) as Signed<ReduceManifest>;

function codeOf(map: readonly Signed<MapManifest>[], reduce: readonly Signed<ReduceManifest>[]): string {
  try {
    checkCounts(job, map, reduce);
    return "none";
  } catch (error) {
    return (error as SealfoldError).code;
  }
}

describe("sandbox/roles/check-counts", () => {
  // records, skipped records, pairs for partition 0, pairs for partition 1
  const map = [mapped(10, 0, 3, 4), mapped(12, 1, 5, 0)];

  it("holds when each partition received what was sent to it", () => {
    expect(codeOf(map, [reduced(0, 8), reduced(1, 4)])).to.equal("none");
  });

  for (const [what, pairs] of [
    ["too few", 7],
    ["too many", 9],
  ] as const) {
    it(`notices ${what} pairs in a partition`, () => {
      expect(codeOf(map, [reduced(0, pairs), reduced(1, 4)])).to.equal("COUNTS");
    });
  }

  it("notices pairs that went to another partition", () => {
    expect(codeOf(map, [reduced(0, 4), reduced(1, 8)])).to.equal("COUNTS");
  });

  it("refuses counts that do not open, or are not as many as there are partitions", () => {
    const broken = { document: { ...map[0]?.document, counts: toBase64url(new Uint8Array(48)) }, signature: "" };
    expect(codeOf([broken as Signed<MapManifest>], [reduced(0, 3), reduced(1, 4)])).to.equal("COUNTS");
    expect(codeOf([mapped(10, 0, 3)], [reduced(0, 3), reduced(1, 0)])).to.equal("COUNTS");
  });

  it("adds up skipped records, and each counter over mappers and reducers, and mixes it with nothing else", () => {
    const sums = checkCounts(
      { ...job, counters: 2, badRecords: 5 },
      [mapped(10, 2, 3, 4, 1, 100), mapped(12, 3, 5, 0, 2, 0)],
      [reduced(0, 8, 0, 1000), reduced(1, 4, 4, 0)],
    );
    expect(sums).to.deep.equal({ skipped: 5, counters: [7, 1100] });
    const without = checkCounts(job, map, [reduced(0, 8), reduced(1, 4)]);
    expect(without).to.deep.equal({ skipped: 1, counters: [] });
  });

  it("refuses counts that lack a counter, or have one more than the policy names", () => {
    const reduce = [reduced(0, 8, 0), reduced(1, 4, 0)];
    const codeWith = (...counters: readonly number[]): string => {
      const counted = [mapped(10, 0, 3, 4, 0), mapped(12, 1, 5, 0, ...counters)];
      try {
        checkCounts({ ...job, counters: 1 }, counted, reduce);
        return "none";
      } catch (error) {
        return (error as SealfoldError).code;
      }
    };
    expect([codeWith(), codeWith(1), codeWith(1, 1)]).to.deep.equal(["COUNTS", "none", "COUNTS"]);
  });

  it("releases no sum that a number does not hold", () => {
    const most = Number.MAX_SAFE_INTEGER;
    const codeOfSum = (counter: number): string => {
      try {
        checkCounts({ ...job, counters: 1 }, [mapped(1, 0, 1, most)], [reduced(0, 1, counter)]);
        return "none";
      } catch (error) {
        return (error as SealfoldError).code;
      }
    };
    expect([codeOfSum(0), codeOfSum(1)]).to.deep.equal(["none", "LIMIT_VALUE"]);
  });

  it("does not release a job that skipped more records than its policy allows", () => {
    expect(codeOf([mapped(10, 1, 0, 0), mapped(10, 1, 0, 0)], [reduced(0, 0), reduced(1, 0)])).to.equal(
      "DENIED_RELEASE",
    );
  });
});
