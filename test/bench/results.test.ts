import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { type BenchmarkResult, readResults, writeResults } from "../../bench/results.ts";

const result = (says: string): BenchmarkResult =>
  ({ says, surroundings: {}, rounds: 1, rows: [], runs: {} }) as unknown as BenchmarkResult;

describe("bench/results", () => {
  let folder = "";
  before(async () => (folder = await mkdtemp(join(tmpdir(), "sealfold-bench-"))));
  after(() => rm(folder, { recursive: true }));

  it("keeps what another run measured, and takes the newer of the same", async () => {
    const file = join(folder, "new", "latest.json");
    await writeResults({ words: result("old"), rows: result("rows") }, [], file);
    const all = await writeResults({ words: result("new") }, [], file);
    expect(all).to.deep.equal({ words: result("new"), rows: result("rows") });
    expect(await readResults(file)).to.deep.equal(all);
  });

  it("keeps nothing of what failed", async () => {
    const file = join(folder, "failed.json");
    await writeResults({ words: result("old"), rows: result("rows") }, [], file);
    await writeResults({ means: result("means") }, ["words"], file);
    expect(await readResults(file)).to.deep.equal({ rows: result("rows"), means: result("means") });
  });

  it("loses nothing that was measured when the file before is another's or broken", async () => {
    const file = join(folder, "latest.json");
    for (const other of ['{"node":"v20"}', "{", ""]) {
      await writeFile(file, other);
      expect(await writeResults({ words: result("new") }, [], file)).to.deep.equal({ words: result("new") });
      expect(await readFile(file, "utf8")).to.include('"new"');
    }
  });
});
