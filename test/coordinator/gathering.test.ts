import { expect } from "chai";

import { Gathering } from "../../lib/coordinator/gathering.ts";

/** What becomes of a promise by the next turn. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  const pending = new Promise((resolve) => setImmediate(resolve, "pending"));
  return Promise.race([promise.then(JSON.stringify), pending]) as Promise<string>;
}

describe("coordinator/gathering", () => {
  it("lets nobody go on before all are there, and then hands out all in order", async () => {
    const gathering = new Gathering<string>(3);
    gathering.give(2, "c");
    gathering.give(0, "a");
    expect(await stateOf(gathering.all)).to.equal("pending");
    gathering.give(1, "b");
    expect(await stateOf(gathering.all)).to.equal('["a","b","c"]');
  });

  it("takes the last word of a place that speaks twice, and counts it once", async () => {
    const gathering = new Gathering<string>(2);
    gathering.give(0, "a");
    gathering.give(0, "A");
    expect(await stateOf(gathering.all)).to.equal("pending");
    gathering.give(1, "b");
    expect(await stateOf(gathering.all)).to.equal('["A","b"]');
  });
});
