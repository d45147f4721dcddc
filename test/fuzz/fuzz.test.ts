import { expect } from "chai";
import fc from "fast-check";

import { runCampaign, target } from "./campaign.ts";
import { runProcess } from "./run-process.ts";
import { targets } from "./targets.ts";

/** A wall with a hole: it falls to any list with a number over 99 in it. */
const planted = target("a planted defect", () => ({
  cases: fc.array(fc.nat(1000)),
  check: (list: readonly number[]) => {
    if (list.some((value) => value > 99)) throw new Error("over 99");
  },
}));

describe("the fuzzer", () => {
  for (const [name, aim] of Object.entries(targets)) {
    it(`finds nothing in its first cases: ${name}`, async () => {
      const runs = name === "thread" ? 5 : 30; // a thread for each
      const { cases, finding } = await runCampaign(await aim(), { seed: 3, milliseconds: 50_000, runs });
      expect(finding).to.equal(undefined);
      expect(cases).to.equal(runs);
    });
  }

  it("finds a planted defect, makes it as small as it can be, and finds it again", async () => {
    const { finding } = await runCampaign(planted, { seed: 1, milliseconds: 30_000 });
    expect(finding?.input).to.equal("[100]");
    expect(finding?.error).to.match(/over 99/);
    const again = await runCampaign(planted, { seed: 1, milliseconds: 30_000, path: finding?.path });
    expect(again.finding?.input).to.equal("[100]");
    expect(again.cases).to.equal(1);
  });

  it("ends after its time where there is nothing to find", async () => {
    const endless = target("nothing", () => ({ cases: fc.nat(), check: () => Promise.resolve() }));
    const { cases, finding } = await runCampaign(endless, { seed: 1, milliseconds: 200 });
    expect(finding).to.equal(undefined);
    expect(cases).to.be.above(1);
  });

  const say = (text: string): string => `require("fs").writeSync(3, ${JSON.stringify(`${text}\n`)});`;
  const sayings: readonly (readonly [title: string, script: string, error: RegExp])[] = [
    ["crashes", `${say('{"begun":4}')} process.kill(process.pid, "SIGSEGV"); for (;;);`, /ended with SIGSEGV/],
    ["exits", `${say('{"begun":4}')} process.exit(7);`, /ended with 7/],
    ["hangs", `${say('{"begun":4}')} for (;;);`, /it hung/],
  ];
  for (const [title, script, error] of sayings) {
    it(`takes a process that ${title} for a finding, and names the case`, async () => {
      const { cases, finding } = await runProcess(["-e", script], { silentMs: 2000 });
      expect(cases).to.equal(5);
      expect(finding?.path).to.equal("4");
      expect(finding?.error).to.match(error);
    });
  }
});
