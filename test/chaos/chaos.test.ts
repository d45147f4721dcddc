import { expect } from "chai";

import { type FleetKind, Runner } from "./run.ts";
import { drawSchedule, runSeed, showSchedule } from "./schedule.ts";
import { judge } from "./verdict.ts";

/** Runs of each kind of fleet, each under its own seed; `npm run chaos` has more. */
const shares: readonly (readonly [fleet: FleetKind, runs: number])[] = [
  ["in-process", 25],
  ["threads", 6],
];
const seed = 4;

describe("chaos: jobs whose sandboxes end at random points", () => {
  for (const [fleet, runs] of shares) {
    it(`complete with the same bytes, or end with the right code, and leave nothing: ${runs} runs, ${fleet}`, async function () {
      this.timeout(600_000); // a run that does not move any more is noticed by itself
      const runner = await Runner.open(fleet);
      const ends = new Set<string>();
      for (let run = 0; run < runs; run++) {
        const schedule = drawSchedule(runSeed(seed, run));
        const ran = await runner.run(schedule);
        const again = `npm run chaos -- --seed ${seed} --fleet ${fleet} --only ${run}: ${showSchedule(schedule)}`;
        expect(judge(ran), again).to.deep.equal([]);
        ends.add(ran.code);
      }
      expect([...ends]).to.include.members(["none", "SANDBOX_DIED"]);
    });
  }
});

describe("chaos: what is drawn", () => {
  it("is the same for the same seed, and another for each run", () => {
    const drawn = (run: number): string => JSON.stringify(drawSchedule(runSeed(seed, run)));
    expect(drawn(0)).to.equal(drawn(0));
    expect(new Set(Array.from({ length: 100 }, (_, run) => drawn(run))).size).to.equal(100);
  });
});
