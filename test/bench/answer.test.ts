import { expect } from "chai";
import * as fc from "fast-check";

import { digestAnswer, entriesOf, type Entry } from "../../bench/answer.ts";

const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.integer()), { selector: ([key]) => key });

describe("bench/answer", () => {
  it("digests an answer in any order to the same", () => {
    fc.assert(
      fc.property(entries, (answer) => {
        expect(digestAnswer(answer.toReversed())).to.equal(digestAnswer(answer));
      }),
    );
  });

  it("tells answers apart that differ in one key, one number or one entry", () => {
    fc.assert(
      fc.property(entries, fc.nat(), (answer, at) => {
        fc.pre(answer.length > 0);
        const [key, value] = answer[at % answer.length] as Entry;
        const others = answer.filter(([other]) => other !== key);
        const digest = digestAnswer(answer);
        expect(digestAnswer([...others, [key, value + 1]])).not.to.equal(digest);
        expect(digestAnswer([...others, [`${key}.`, value]])).not.to.equal(digest);
        expect(digestAnswer(others)).not.to.equal(digest);
      }),
    );
  });

  it("takes means for the same whose last bits differ, and -0 for 0", () => {
    expect(digestAnswer([["a", 0.1 + 0.2]])).to.equal(digestAnswer([["a", 0.3]]));
    expect(digestAnswer([["a", 0.300002]])).not.to.equal(digestAnswer([["a", 0.3]]));
    expect(digestAnswer([["a", -0]])).to.equal(digestAnswer([["a", 0]]));
  });

  it("reads lines of key, tab and number, the last tab being the one", () => {
    expect([...entriesOf("a\t1\nb\tc\t2.5\n")]).to.deep.equal([
      ["a", 1],
      ["b\tc", 2.5],
    ]);
    expect([...entriesOf("")]).to.deep.equal([]);
  });
});
