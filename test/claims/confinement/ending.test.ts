/** Sandboxes that are stuck in one batch of records: they are found, and ended while nothing in them can be asked. */

import { expect } from "chai";

import { SigningKey } from "../../../lib/crypto/signature.ts";
import { type Fleet, ThreadFleet } from "../../../lib/sandbox/fleet.ts";
import { ProcessFleet } from "../../../lib/sandbox/process/process-fleet.ts";
import { plainCounts } from "../../../lib/demo/answer.ts";
import { wordCountFile } from "../_world.ts";
import { keepHostUntouched } from "./_attempts.ts";
import { timeToEnd } from "./_ending.ts";
import { endOn, runOn } from "./_jobs.ts";

const loops = {
  "a loop": "for (;;);",
  "a loop that swallows everything": "for (;;) try { throw line; } catch { continue; } finally { continue; }",
  "a regular expression that backtracks": "/^(?:a|a)*$/.test('a'.repeat(60) + 'b');",
  "a load without end": "load: for (;;);",
  "its last step": "reduce: for (;;);",
};

const openers: Readonly<Record<"thread" | "process", (platformKey: SigningKey) => Promise<Fleet>>> = {
  thread: (platformKey) => ThreadFleet.open({ platformKey, memoryMiB: 256, threads: 18 }),
  process: (platformKey) => ProcessFleet.open({ platformKey, memoryMiB: 256, processes: 12 }),
};

const few = { mappers: 1, reducers: 1, taskSeconds: 3600 };
const words = ["a b", "b"];

for (const isolation of ["thread", "process"] as const) {
  describe(`claims/confinement: one batch without end, a ${isolation} for each sandbox`, () => {
    keepHostUntouched();
    const key = SigningKey.generate();
    const ends = new Map<string, Promise<string>>();
    let fleet: Fleet;
    before(async () => {
      fleet = await openers[isolation](key);
      for (const [name, body] of Object.entries(loops)) {
        ends.set(name, endOn({ fleet, key, limits: { ...few, batchSeconds: 1 } }, body));
      }
    });
    after(() => fleet.close());

    it("does not keep another job of the same fleet from its end", async () => {
      const counts = await runOn<number>({ fleet, key, limits: few }, wordCountFile, words);
      expect(counts).to.deep.equal(plainCounts(words));
    });

    for (const name of Object.keys(loops)) {
      it(`ends with LIMIT_TIME long before its task's time is over: ${name}`, async () =>
        expect(await ends.get(name)).to.equal("LIMIT_TIME"));
    }

    it("does not end who works long in many batches", async () => {
      // each record takes long enough that all of them together take more than a batch may
      const body = "for (let i = 0, n = 0; i < 4e6; i++) n += i % 7; emit(line.length, 1);";
      const limits = { ...few, batchSeconds: 1 };
      const records = Array.from({ length: 300 }, (_, i) => "x".repeat(30_000 + (i % 2)));
      expect(await endOn({ fleet, key, limits }, body, records)).to.equal("no error");
    });

    it("is over some milliseconds after it is ended", async () => {
      const took = await timeToEnd(isolation, loops["a loop"]);
      console.log(`      ${took.toFixed(0)} ms from end() until the ${isolation} is gone`);
      expect(took).to.be.above(0);
    });
  });
}
