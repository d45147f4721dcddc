import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { type CrashJob, crashAt, undisturbed } from "./crash.ts";
import { crashPoints } from "./points.ts";

/** A bounded share; `npm run crash` goes to all points, over as much as is asked. */
const points = ["third chunk kept", "first map output committed", "release on the disk"];

describe("a job that is killed and started again", () => {
  let job: CrashJob;
  let expected: string;

  before(async function () {
    this.timeout(120_000);
    const folder = await mkdtemp(join(tmpdir(), "sealfold-test-"));
    const speech = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const input = join(folder, "input.txt");
    await writeFile(input, speech.repeat(Math.ceil(3_200_000 / speech.length)));
    const program = fileURLToPath(new URL("../../examples/1-word-count/word-count.ts", import.meta.url));
    job = { program, input, folder };
    expected = await undisturbed(job);
    expect(expected.split("\n").length).to.be.greaterThan(100);
  });
  after(() => rm(job.folder, { recursive: true }));

  for (const point of points) {
    it(`at "${point}" has the same result, and does again what was in flight at most`, async () => {
      expect(crashPoints).to.have.property(point);
      const { faults } = await crashAt(job, point, expected);
      expect(faults).to.deep.equal([]);
    }).timeout(180_000);
  }

  it("can be killed at more than twenty points", () => {
    expect(Object.keys(crashPoints).length).to.be.at.least(20);
  });
});
