import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { expect } from "chai";

import { lines } from "../lib/data/read-lines.ts";
import { mapReduce, type MapReduceOptions } from "../lib/map-reduce.ts";
import { codeOf } from "./sandbox/_code-of.ts";
import misbehaving from "./programs/misbehaving.ts";
import wordCount from "./programs/word-count.ts";

/** More than a store keeps in memory. */
const records = Array.from({ length: 80 }, () => `word${" ".repeat(1_000_000)}`);
/** More than is deposited without a second thought. */
const few = records.slice(0, 24);
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
/** Not where the tests look. */
const elsewhere = tmpdir();

describe("map-reduce: what lies on the disk", () => {
  const before = process.env["TMPDIR"];
  let folder: string;

  beforeEach(() => (process.env["TMPDIR"] = folder = mkdtempSync(join(tmpdir(), "sealfold-test-"))));
  afterEach(() => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    rmSync(folder, { recursive: true });
  });

  /** Names in the folder, and open files of it that have none. */
  function there(): readonly string[] {
    const handles = process.platform === "linux" ? readdirSync("/proc/self/fd") : [];
    return [...readdirSync(folder), ...handles.map(fileOf).filter((path) => path.startsWith(folder))];
  }

  /** Looks into the folder when the first records were mapped. */
  function watching(onMap: () => void = () => undefined): { options: MapReduceOptions; seen: string[] } {
    const seen: string[] = [];
    const onProgress: MapReduceOptions["onProgress"] = ({ stage }) => {
      if (stage !== "map" || seen.length > 0) return;
      seen.push(...there());
      onMap();
    };
    return { options: { mappers: 1, reducers: 1, onProgress }, seen };
  }

  /** Where the system tells: what the test is about was there. */
  function expectOneNameless(seen: readonly string[]): void {
    if (process.platform !== "linux") return;
    expect(seen.length).to.equal(1);
    expect(seen[0]).to.match(/\(deleted\)$/);
  }

  it("is one file that has no name, and is gone after a result", async () => {
    const { options, seen } = watching();
    const { output } = await mapReduce(wordCount, records, options);
    expect(new Map(output).get("word")).to.equal(records.length);
    expectOneNameless(seen);
    expect(there()).to.deep.equal([]);
  });

  describe("of lines of a file", () => {
    let file: string;

    beforeEach(() => {
      file = join(mkdtempSync(join(elsewhere, "sealfold-test-input-")), "lines.txt");
    });
    afterEach(() => rmSync(dirname(file), { recursive: true }));

    it("is nothing: what memory does not hold is sealed when it is wanted", async () => {
      const { options, seen } = watching();
      writeFileSync(file, textOf(records));
      const { output } = await mapReduce(wordCount, lines(file), options);
      expect(new Map(output).get("word")).to.equal(records.length);
      expect(seen.filter((path) => path !== file)).to.deep.equal([]);
      expect(there()).to.deep.equal([]);
    });

    it("must not be changed meanwhile", async () => {
      const { options } = watching();
      writeFileSync(file, textOf(few));
      const onEvent: MapReduceOptions["onEvent"] = ({ kind }) => {
        if (kind === "plan") writeFileSync(file, textOf(few).replaceAll("word", "ward"));
      };
      const done = mapReduce(wordCount, lines(file), { ...options, onEvent });
      expect(await codeOf(() => done)).to.equal("DATA_CHANGED");
      expect(there()).to.deep.equal([]);
    });

    it("may be changed or gone where a state directory has its chunks", async () => {
      writeFileSync(file, textOf(few));
      const onEvent: MapReduceOptions["onEvent"] = ({ kind }) => {
        if (kind === "plan") writeFileSync(file, "");
      };
      const stateDirectory = join(dirname(file), "state");
      const { output } = await mapReduce(wordCount, lines(file), { mappers: 1, reducers: 1, stateDirectory, onEvent });
      expect(new Map(output).get("word")).to.equal(few.length);
    });
  });

  it("is gone after a failure", async () => {
    const { options, seen } = watching();
    expect(await codeOf(() => mapReduce(misbehaving, ["throw", ...records], options))).to.equal("PROGRAM_THREW");
    expectOneNameless(seen);
    expect(there()).to.deep.equal([]);
  });

  it("is gone after it was told to stop", async () => {
    const controller = new AbortController();
    const { options, seen } = watching(() => controller.abort());
    const stopped = mapReduce(wordCount, records, { ...options, signal: controller.signal });
    expect(await codeOf(() => stopped)).to.equal("CANCELLED");
    expectOneNameless(seen);
    expect(there()).to.deep.equal([]);
  });
});

function fileOf(handle: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${handle}`);
  } catch {
    return ""; // it was the folder of handles itself
  }
}
