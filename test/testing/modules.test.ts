/** The laws of programs in WebAssembly. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";

import type { RecordFormat } from "../../lib/data/format.ts";
import { lines } from "../../lib/data/read-lines.ts";
import { checkLaws, type LawSample } from "../../lib/testing/check-laws.ts";
import { describeLaws, type LawReport } from "../../lib/testing/law-report.ts";
import { moduleInstances } from "../../lib/testing/module-work.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { withFolder } from "../program/_folder.ts";
import { countingModule, firstModule, loggingModule, smallModule } from "../program/wasm/_modules.ts";

const options = { seed: 7, runs: 30 };
const wordCounts = ["word-count.wasm", "word-count-c.wasm"].map(
  (name) => new URL(`../../examples/3-webassembly/${name}`, import.meta.url),
);

async function laws(module: Uint8Array, sample: LawSample<unknown>): Promise<LawReport> {
  return withFolder({}, (folder) => {
    const file = join(folder, "program.wasm");
    writeFileSync(file, module);
    return checkLaws(file, sample, options);
  });
}

async function lawsOfLines(module: Uint8Array, text: string): Promise<LawReport> {
  return withFolder({ "sample.txt": text }, (folder) => laws(module, lines(join(folder, "sample.txt"))));
}

describe("testing/module-work", () => {
  it("finds nothing in the word counts of example 3, and says which law cannot be tried", () =>
    withFolder({ "sample.txt": "The sea, the sea\r\n\nΣ ΑΣ İ\nthe end\n" }, async (folder) => {
      for (const file of wordCounts) {
        const report = await checkLaws(file, lines(join(folder, "sample.txt")), options);
        expect(report.broken, describeLaws(report)).to.equal(undefined);
        expect(report.held).to.deep.equal([
          "repeat",
          "answers",
          "memory",
          "order",
          "merge order",
          "split",
          "grouping",
          "all",
        ]);
        expect(report.untried.map(({ law }) => law)).to.deep.equal(["data"]);
        expect(describeLaws(report)).to.contain("not tried: data: a module's states are always written down, as bytes");
      }
    }));

  it("finds a map that keeps state, and the two records on which it shows", async () => {
    const { broken } = await lawsOfLines(countingModule(), "a\nb\nc\n");
    expect(broken?.law).to.equal("memory");
    expect(broken?.records).to.have.length(2);
  });

  it("finds a combine that depends on the order, where memory cannot be tried", async () => {
    const { broken, held, untried } = await lawsOfLines(firstModule(), "1\n2\n3\n");
    expect(broken?.law).to.equal("order");
    expect(broken?.records).to.have.length(2);
    expect(held).to.deep.equal(["repeat", "answers"]);
    expect(untried.map(({ law }) => law)).to.deep.equal(["data", "memory"]);
  });

  it("says which record of the sample a module fails on, with what it logged", async () => {
    let thrown: unknown;
    await lawsOfLines(loggingModule(true), "first\nsecond\n").catch((error: unknown) => (thrown = error));
    expect(thrown).to.include({ code: "PROGRAM_THREW" });
    expect((thrown as Error).message)
      .to.match(/^in record 1: /)
      .and.to.contain("first");
  });

  it("hands over records of every format as they lie in a chunk", () => {
    const wanted: readonly (readonly [format: RecordFormat, records: readonly unknown[], keys: readonly string[]])[] = [
      [{ kind: "lines" }, ["a b", "", "é\r"], ["a b", "", "é"]],
      [{ kind: "json" }, [{ city: "Oslo" }, ["b\n"], "c\r", 1], ['{"city":"Oslo"}', '["b\\n"]', '"c\\r"', "1"]],
      [{ kind: "csv", columns: ["b", "a"] }, [{ a: "1", b: '"' }], ['["\\"","1"]']],
      [{ kind: "bytes" }, [Uint8Array.of(0x61, 0x0a), new Uint8Array()], ["a\n", ""]],
    ];
    for (const [format, given, keys] of wanted) {
      const work = moduleInstances(loggingModule(), format).begin();
      work.map(given, given.keys());
      expect(work.drain().map(({ key }) => key)).to.deep.equal(keys);
    }
  });

  it("takes what an arbitrary makes, as JSON", async () => {
    expect((await laws(loggingModule(), fc.string())).broken).to.equal(undefined);
    expect((await laws(countingModule(), fc.string())).broken?.records).to.have.length(2);
  });

  it("refuses what is no program", async () => {
    expect(await codeOf(() => lawsOfLines(smallModule({ foreign: ["env", "abort"] }), "a\n"))).to.equal(
      "PROGRAM_REFUSED",
    );
  });
});
