import { expect } from "chai";
import fc from "fast-check";

import { sha256 } from "../../lib/crypto/hash.ts";
import { openCounters, sealCounters, sealedCountersLength } from "../../lib/data/counters.ts";
import { codeOf } from "../code-of.ts";

const key = new Uint8Array(32).fill(1);
const place = { jobId: sha256(Uint8Array.of(1)), output: "counts" };

describe("data/counters", () => {
  it("open as they were sealed, up to the largest safe integer", () => {
    const counts = fc.array(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { maxLength: 64 });
    fc.assert(
      fc.property(counts, fc.nat({ max: Number.MAX_SAFE_INTEGER }), (counters, skipped) => {
        const sealed = sealCounters(key, place, { skipped, counters });
        expect(sealed.length).to.equal(sealedCountersLength(counters.length));
        expect(openCounters(key, place, sealed, counters.length)).to.deep.equal({ skipped, counters });
      }),
    );
  });

  it("say how many records were skipped where the policy names none", () => {
    const sealed = sealCounters(key, place, { skipped: 3, counters: [] });
    expect(openCounters(key, place, sealed, 0)).to.deep.equal({ skipped: 3, counters: [] });
    expect(codeOf(() => openCounters(key, place, new Uint8Array(), 0))).to.equal("OUTPUT_ALTERED");
  });

  it("do not open when a bit of them is changed", () => {
    const sealed = sealCounters(key, place, { skipped: 0, counters: [1, 2, 3] });
    fc.assert(
      fc.property(fc.nat({ max: sealed.length * 8 - 1 }), (bit) => {
        const altered = Uint8Array.from(sealed);
        altered[bit >> 3]! ^= 1 << (bit & 7);
        expect(codeOf(() => openCounters(key, place, altered, 3))).to.equal("OUTPUT_ALTERED");
      }),
    );
  });

  it("do not open under another key, in another job, with another output, or as more or fewer than they are", () => {
    const sealed = sealCounters(key, place, { skipped: 0, counters: [1, 2] });
    const refused = [
      () => openCounters(new Uint8Array(32), place, sealed, 2),
      () => openCounters(key, { ...place, jobId: sha256(Uint8Array.of(2)) }, sealed, 2),
      () => openCounters(key, { ...place, output: "other" }, sealed, 2),
      () => openCounters(key, place, sealed, 1),
      () => openCounters(key, place, sealed, 3),
      () => openCounters(key, place, sealed, 0),
      () => openCounters(key, place, new Uint8Array(), 2),
    ];
    expect(refused.map(codeOf)).to.deep.equal(refused.map(() => "OUTPUT_ALTERED"));
  });
});
