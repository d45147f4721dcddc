import { expect } from "chai";
import fc from "fast-check";

import { type Extent, FreeSpace } from "../../lib/coordinator/free-space.ts";

describe("coordinator/free-space", () => {
  it("takes the smallest gap that holds what is asked for", () => {
    const space = new FreeSpace();
    const [wide, , narrow] = [8, 1, 4, 1].map((length) => space.take(length)) as [Extent, Extent, Extent];
    space.give(wide);
    space.give(narrow);
    expect(space.take(3)).to.deep.equal({ start: narrow.start, length: 3 });
    expect(space.take(5)).to.deep.equal({ start: wide.start, length: 5 });
    expect(space.end).to.equal(14);
  });

  it("joins neighbours in whatever order they are given back", () => {
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [2, 1, 0],
    ]) {
      const space = new FreeSpace();
      const extents = [3, 3, 3, 1].map((length) => space.take(length));
      for (const index of order) space.give(extents[index] as Extent);
      expect(space.take(9), order.join()).to.deep.equal({ start: 0, length: 9 });
    }
  });

  it("never gives out a byte twice, and ends where the last taken byte does", () => {
    const step = fc.record({ take: fc.boolean(), length: fc.nat(20), pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const space = new FreeSpace();
        const taken: Extent[] = [];
        for (const { take, length, pick } of steps) {
          if (take || taken.length === 0) taken.push(space.take(length));
          else space.give(...(taken.splice(pick % taken.length, 1) as [Extent]));
          const used = taken.filter((extent) => extent.length > 0).toSorted((a, b) => a.start - b.start);
          used.forEach((extent, i) => {
            expect(extent.start + extent.length).to.be.at.most(used[i + 1]?.start ?? Infinity);
          });
          const last = used.at(-1);
          expect(space.end).to.equal(last === undefined ? 0 : last.start + last.length);
        }
      }),
    );
  });
});
