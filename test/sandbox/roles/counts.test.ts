import { expect } from "chai";
import fc from "fast-check";

import { sha256 } from "../../../lib/crypto/hash.ts";
import { countsKey, openCounts, sealCounts } from "../../../lib/sandbox/roles/counts.ts";

const place = { jobId: sha256(Uint8Array.of(1)), certId: sha256(Uint8Array.of(2)), attempt: new Uint8Array(16) };
const key = countsKey(new Uint8Array(32), place.certId);

describe("sandbox/roles/counts", () => {
  it("open as they were sealed, up to the largest safe integer", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: Number.MAX_SAFE_INTEGER })), (counts) => {
        expect(openCounts(key, place, sealCounts(key, place, counts))).to.deep.equal(counts);
      }),
    );
  });

  it("have a size that says how many there are and nothing else", () => {
    const none = sealCounts(key, place, [0, 0]);
    expect(sealCounts(key, place, [Number.MAX_SAFE_INTEGER, 1]).length).to.equal(none.length);
  });

  it("do not open when a bit of them is changed", () => {
    const sealed = sealCounts(key, place, [1, 2, 3]);
    fc.assert(
      fc.property(fc.nat({ max: sealed.length * 8 - 1 }), (bit) => {
        const altered = Uint8Array.from(sealed);
        altered[bit >> 3]! ^= 1 << (bit & 7);
        expect(openCounts(key, place, altered)).to.equal(undefined);
      }),
    );
  });

  it("do not open elsewhere: in another job, of another sandbox, of another attempt", () => {
    const sealed = sealCounts(key, place, [1]);
    const other = sha256(Uint8Array.of(3));
    expect(openCounts(key, { ...place, jobId: other }, sealed)).to.equal(undefined);
    expect(openCounts(key, { ...place, certId: other }, sealed)).to.equal(undefined);
    expect(openCounts(key, { ...place, attempt: new Uint8Array(16).fill(1) }, sealed)).to.equal(undefined);
    expect(openCounts(countsKey(new Uint8Array(32), other), place, sealed)).to.equal(undefined);
    expect(openCounts(key, place, sealed.subarray(1))).to.equal(undefined);
  });
});
