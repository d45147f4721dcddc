import { expect } from "chai";

import { SealfoldError } from "../../lib/errors.ts";
import { Places } from "../../lib/sandbox/places.ts";
import { codeOf } from "./_code-of.ts";

/** Work that goes on until it is told to end. */
class Work {
  began = false;
  finish: () => void = () => undefined;

  readonly run = (): Promise<void> => {
    this.began = true;
    return new Promise((resolve) => (this.finish = resolve));
  };
}

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("sandbox/places", () => {
  it("are given in the order in which they were asked for", async () => {
    const places = new Places(2);
    const works = Array.from({ length: 4 }, () => new Work());
    const held = works.map((work) => places.hold(never, work.run));
    const began: boolean[][] = [];
    for (const work of works) {
      await turn();
      began.push(works.map((each) => each.began));
      work.finish();
    }
    await Promise.all(held);
    expect(began).to.deep.equal([
      [true, true, false, false],
      [true, true, true, false],
      [true, true, true, true],
      [true, true, true, true],
    ]);
  });

  it("come free when work fails", async () => {
    const places = new Places(1);
    const failing = codeOf(() => places.hold(never, () => Promise.reject(new SealfoldError("SANDBOX_DIED"))));
    expect(await places.hold(never, () => Promise.resolve("done"))).to.equal("done");
    expect(await failing).to.equal("SANDBOX_DIED");
  });

  it("are not taken by who gave up waiting, nor by who never began", async () => {
    const places = new Places(1);
    const first = new Work();
    const held = places.hold(never, first.run);
    const giveUp = new AbortController();
    const waiting = codeOf(() => places.hold(giveUp.signal, () => Promise.reject(new Error("began"))));
    const late = places.hold(never, () => Promise.resolve("done"));
    giveUp.abort(new SealfoldError("CANCELLED"));
    expect(await waiting).to.equal("CANCELLED");
    first.finish();
    await held;
    expect(await late).to.equal("done");
    expect(await codeOf(() => places.hold(giveUp.signal, () => Promise.reject(new Error("began"))))).to.equal(
      "CANCELLED",
    );
    expect(await places.hold(never, () => Promise.resolve("again"))).to.equal("again");
  });
});
