/** Sandboxes that are stuck in one batch of records: they are found, and ended while nothing in them can be asked. */

import { expect } from "chai";

import { SigningKey } from "../../../lib/crypto/signature.ts";
import { type Fleet, ThreadFleet } from "../../../lib/sandbox/fleet.ts";
import { ProcessFleet } from "../../../lib/sandbox/process/process-fleet.ts";
import { plainCounts } from "../_plain-counts.ts";
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
  thread: (platformKey) => ThreadFleet.open({ platformKey, memoryMiB: 256, threads: 6 }),
  process: (platformKey) => ProcessFleet.open({ platformKey, memoryMiB: 256, processes: 4 }),
};

for (const isolation of ["thread", "process"] as const) {
  describe(`claims/confinement: one batch without end, a ${isolation} for each sandbox`, () => {
    keepHostUntouched();
    const key = SigningKey.generate();
    let fleet: Fleet;
    before(async () => (fleet = await openers[isolation](key)));
    after(() => fleet.close());

    for (const [name, body] of Object.entries(loops)) {
      it(`ends with LIMIT_TIME long before its task's time is over: ${name}`, async () => {
        const limits = { mappers: 1, reducers: 1, batchSeconds: 1, taskSeconds: 3600 };
        const ends = endOn({ fleet, key, limits }, body);
        const counts = await runOn<number>({ fleet, key, limits: { mappers: 1, reducers: 1 } }, wordCountFile, [
          "a b",
          "b",
        ]);
        expect(counts).to.deep.equal(plainCounts(["a b", "b"]));
        expect(await ends).to.equal("LIMIT_TIME");
      });
    }

    it("does not end who works long in many batches", async () => {
      // each record takes long enough that all of them together take more than a batch may
      const body = "for (let i = 0, n = 0; i < 4e6; i++) n += i % 7; emit(line.length, 1);";
      const limits = { mappers: 1, reducers: 1, batchSeconds: 1, taskSeconds: 3600 };
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
