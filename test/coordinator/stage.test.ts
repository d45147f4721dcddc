import { expect } from "chai";
import fc from "fast-check";

import { BrokerReplaced } from "../../lib/coordinator/broker-seat.ts";
import { type Attempt, type Failed, runStage, type StageOptions } from "../../lib/coordinator/stage.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { SandboxFailure } from "../../lib/sandbox/sandbox.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { VirtualTime } from "./_virtual-time.ts";

const died = (): SealfoldError => new SealfoldError("SANDBOX_DIED");
const never = 1e9;

/** What becomes of an attempt: after so many milliseconds it succeeds, or fails with what is given. */
interface Fate {
  readonly ms: number;
  readonly error?: Error | undefined;
}

/** A stage in virtual time whose attempts have the fates that `fate` gives them. */
class Trial {
  readonly time = new VirtualTime();
  readonly begun: (Attempt & { readonly at: number })[] = [];
  readonly committed: number[] = [];
  readonly discarded: number[] = [];
  readonly retries: Failed[] = [];
  readonly ended: Attempt[] = [];
  readonly stop = new AbortController();
  running = 0;
  mostRunning = 0;
  readonly #fate: (attempt: Attempt) => Fate;

  constructor(fate: (attempt: Attempt) => Fate) {
    this.#fate = fate;
  }

  run(count: number, width: number, options: Partial<StageOptions> = {}): Promise<void> {
    const { time: timing, stop } = this;
    const work = {
      run: (attempt: Attempt, signal: AbortSignal) => this.#attempt(attempt, signal),
      commit: (item: number) => Promise.resolve(void this.committed.push(item)),
      discard: (item: number) => Promise.resolve(void this.discarded.push(item)),
      retry: (failed: Failed) => void this.retries.push(failed),
    };
    const stage = runStage(work, { count, width, speculates: true, timing, signal: stop.signal, ...options });
    return timing.passUntil(stage);
  }

  async #attempt(attempt: Attempt, signal: AbortSignal): Promise<number> {
    this.begun.push({ ...attempt, at: this.time.now() });
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    const { ms, error } = this.#fate(attempt);
    await this.time.wait(ms, signal);
    this.running -= 1;
    if (signal.aborted) this.ended.push(attempt);
    if (signal.aborted) throw new SealfoldError("CANCELLED");
    if (error !== undefined) throw error;
    return attempt.item;
  }
}

describe("coordinator/stage", () => {
  it("does every item once, in so many slots at once", async () => {
    const trial = new Trial(() => ({ ms: 10 }));
    await trial.run(7, 3);
    expect(trial.committed).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
    expect(trial.mostRunning).to.equal(3);
    expect(trial.time.now()).to.equal(30);
    expect(trial.time.waiting).to.equal(0);
  });

  it("has nothing to do without items", async () => {
    const trial = new Trial(() => ({ ms: 10 }));
    await trial.run(0, 3);
    expect(trial.begun).to.deep.equal([]);
  });

  describe("coordinator/stage: a sandbox that ended", () => {
    it("is followed by another one at once, and before what was never tried", async () => {
      const trial = new Trial(({ item, attempt }) => ({
        ms: 10,
        ...(item === 0 && attempt === 0 && { error: died() }),
      }));
      await trial.run(3, 1);
      expect(trial.committed).to.deep.equal([0, 1, 2]);
      expect(trial.retries.map(({ item, failures, delayMs }) => ({ item, failures, delayMs }))).to.deep.equal([
        { item: 0, failures: 1, delayMs: 0 },
      ]);
      expect(trial.time.now()).to.equal(40);
    });

    it("is waited after from the second on", async () => {
      const trial = new Trial(({ attempt }) => ({ ms: 10, ...(attempt < 2 && { error: died() }) }));
      await trial.run(1, 1);
      expect(trial.begun.map(({ at }) => at)).to.deep.equal([0, 10, 120]);
    });

    it("ends the stage when it is the third of its item", async () => {
      const trial = new Trial(() => ({ ms: 10, error: died() }));
      expect(await codeOf(() => trial.run(2, 1))).to.equal("SANDBOX_DIED");
      expect(trial.begun.map(({ item }) => item)).to.deep.equal([0, 0, 0]);
    });

    for (const code of ["LIMIT_TIME", "LIMIT_MEMORY"] as const) {
      it(`by ${code} ends the stage when it is the second of its item: then it is the program's`, async () => {
        const trial = new Trial(() => ({ ms: 10, error: new SealfoldError(code) }));
        expect(await codeOf(() => trial.run(1, 1))).to.equal(code);
        expect(trial.begun).to.have.lengthOf(2);
      });

      it(`by ${code} once costs an attempt and no more`, async () => {
        const trial = new Trial(({ attempt }) => ({ ms: 1, ...(attempt === 0 && { error: new SealfoldError(code) }) }));
        await trial.run(1, 1);
        expect(trial.committed).to.deep.equal([0]);
      });
    }

    it("counts for its own cause: two deaths and one late answer are less than any cap", async () => {
      const causes = [died(), new SealfoldError("LIMIT_TIME"), died()];
      const trial = new Trial(({ attempt }) => ({ ms: 1, error: causes[attempt] }));
      await trial.run(1, 1);
      expect(trial.retries.map(({ failures, delayMs }) => [failures, delayMs])).to.deep.equal([
        [1, 0],
        [2, 100],
        [3, 200],
      ]);
    });

    it("leaves a slot that fails again and again out of use", async () => {
      const trial = new Trial(({ slot }) => (slot === 0 ? { ms: 1, error: died() } : { ms: 200 }));
      await trial.run(30, 2);
      expect(trial.begun.filter(({ slot }) => slot === 0)).to.have.lengthOf(5);
      expect(trial.committed).to.have.lengthOf(30);
    });
  });

  describe("coordinator/stage: what another sandbox would not do better", () => {
    it("is not tried again, and ends what else is running", async () => {
      const error = new SandboxFailure("PROGRAM_THREW", {}, []);
      const trial = new Trial(({ item }) => (item === 0 ? { ms: 5, error } : { ms: never }));
      expect(await codeOf(() => trial.run(9, 3))).to.equal("PROGRAM_THREW");
      expect(trial.begun).to.have.lengthOf(3);
      expect(trial.ended).to.have.lengthOf(2);
      expect(trial.time.now()).to.equal(5);
    });

    it("is what a sandbox itself says of its time and memory", async () => {
      const trial = new Trial(() => ({ ms: 1, error: new SandboxFailure("LIMIT_MEMORY", {}, []) }));
      expect(await codeOf(() => trial.run(1, 1))).to.equal("LIMIT_MEMORY");
      expect(trial.begun).to.have.lengthOf(1);
    });
  });

  it("counts it as nobody's failure when the broker was replaced", async () => {
    const trial = new Trial(({ attempt }) => ({ ms: 1, ...(attempt < 20 && { error: new BrokerReplaced() }) }));
    await trial.run(1, 1);
    expect(trial.retries).to.deep.equal([]);
    expect(trial.time.now()).to.equal(21);
  });

  describe("coordinator/stage: a slow attempt", () => {
    it("gets a rival in an idle slot, once it takes half as long again as the median", async () => {
      const trial = new Trial(({ item, attempt }) => ({ ms: item === 3 && attempt === 0 ? never : 200 }));
      await trial.run(4, 2);
      expect(trial.begun.at(-1)).to.deep.equal({ item: 3, slot: 0, attempt: 1, speculative: true, at: 500 });
      expect(trial.committed).to.deep.equal([0, 1, 2, 3]);
      expect(trial.ended.map(({ item, attempt }) => [item, attempt])).to.deep.equal([[3, 0]]);
      expect(trial.time.now()).to.equal(700);
    });

    it("gets none while there is anything else to do, and none when the stage has finished nothing", async () => {
      const trial = new Trial(({ attempt }) => ({ ms: attempt === 0 ? 1000 : 1 }));
      await trial.run(2, 2);
      expect(trial.begun.some(({ speculative }) => speculative)).to.equal(false);
    });

    it("gets none where the stage must not", async () => {
      const trial = new Trial(({ item }) => ({ ms: item === 3 ? 100_000 : 200 }));
      await trial.run(4, 2, { speculates: false });
      expect(trial.begun).to.have.lengthOf(4);
    });

    it("that is first after all is the one that counts, and its rival is ended", async () => {
      const trial = new Trial(({ item, attempt }) => ({ ms: item < 3 ? 200 : attempt === 0 ? 400 : never }));
      await trial.run(4, 2);
      expect(trial.committed).to.deep.equal([0, 1, 2, 3]);
      expect(trial.ended.map(({ attempt }) => attempt)).to.deep.equal([1]);
    });

    it("that dies leaves its item to its rival", async () => {
      const trial = new Trial(({ item, attempt }) =>
        item < 3 ? { ms: 200 } : attempt === 0 ? { ms: 350, error: died() } : { ms: 200 },
      );
      await trial.run(4, 2);
      expect(trial.begun.filter(({ item }) => item === 3)).to.have.lengthOf(2);
    });
  });

  it("discards the result that came too late, where a rival cannot be ended in time", async () => {
    const time = new VirtualTime();
    const committed: number[] = [];
    const discarded: number[] = [];
    const deaf = new AbortController().signal;
    const work = {
      run: async ({ item, attempt }: Attempt) => {
        await time.wait(item === 0 ? 200 : attempt === 0 ? 600 : 250, deaf);
        return attempt;
      },
      commit: (item: number, result: number) => Promise.resolve(void committed.push(item, result)),
      discard: (result: number) => Promise.resolve(void discarded.push(result)),
      retry: () => undefined,
    };
    await time.passUntil(runStage(work, { count: 2, width: 2, speculates: true, timing: time, signal: deaf }));
    expect(committed).to.deep.equal([0, 0, 1, 1]);
    expect(discarded).to.deep.equal([0]);
  });

  it("ends with the reason that it is stopped with, and leaves nothing running", async () => {
    const trial = new Trial(({ item }) => {
      if (item === 2) trial.stop.abort(new SealfoldError("LIMIT_TIME"));
      return { ms: never };
    });
    expect(await codeOf(() => trial.run(9, 3))).to.equal("LIMIT_TIME");
    expect(trial.running).to.equal(0);
    expect(trial.time.waiting).to.equal(0);
  });

  it("ends with what its commit failed with", async () => {
    const timing = new VirtualTime();
    const work = {
      run: () => Promise.resolve(0),
      commit: () => Promise.reject(new SealfoldError("DATA_FILE")),
      discard: () => Promise.resolve(),
      retry: () => undefined,
    };
    const { signal } = new AbortController();
    const stage = runStage(work, { count: 3, width: 1, speculates: true, timing, signal });
    expect(await codeOf(() => timing.passUntil(stage))).to.equal("DATA_FILE");
  });

  it("whoever dies and whoever is slow: commits each item once, or ends with a cause, and never is too many", async () => {
    const fate = fc.record({
      ms: fc.nat(1000),
      error: fc.oneof(
        { weight: 5, arbitrary: fc.constant(undefined) },
        fc.constantFrom(died(), new SealfoldError("LIMIT_TIME"), new BrokerReplaced()),
      ),
    });
    const fates = fc.array(fate, { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.nat(20), fc.integer({ min: 1, max: 5 }), fates, async (count, width, given) => {
        let next = 0;
        const trial = new Trial(() => given[next++] ?? { ms: 10 });
        const code = await codeOf(() => trial.run(count, width));
        const all = Array.from({ length: count }, (_, item) => item);
        expect(trial.mostRunning).to.be.at.most(width);
        expect(trial.running + trial.time.waiting).to.equal(0);
        expect(new Set(trial.committed).size).to.equal(trial.committed.length);
        if (code === "none") expect(trial.committed.toSorted((a, b) => a - b)).to.deep.equal(all);
        else expect(code).to.be.oneOf(["SANDBOX_DIED", "LIMIT_TIME"]);
      }),
      { numRuns: 500 },
    );
  });
});
