import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { type Ended, Workplace } from "./_sealfold.ts";

/** Stands in records, and must not stand in what a failure prints. */
const marker = "MARKER-4711";

describe("bad input", () => {
  let place: Workplace;
  before(() => {
    place = new Workplace();
    place.program("words.ts", "emit(record, 1);");
    place.program("cells.ts", "emit(record.a, 1);");
    place.write("ok.txt", "a\n".repeat(20));
    mkdirSync(join(place.folder, "folder"));
  });
  after(() => place.close());

  /** Every failure: a code, a sentence, a next step, the status; nothing on standard output, no stack, no record. */
  async function expectFailure(args: readonly string[], status: number, says: RegExp): Promise<Ended> {
    const ended = await place.run("run", ...args, "--json", "--quiet");
    expect(ended.err)
      .to.match(says)
      .and.to.match(/^ {2}next: /m);
    expect(ended.err)
      .not.to.match(/^\s+at .*(sealfold|node:)/m)
      .and.not.to.include(marker);
    expect(ended.out).to.equal("");
    expect(ended.status).to.equal(status);
    expect(place.leftovers()).to.deep.equal([]);
    return ended;
  }

  const files: readonly (readonly [
    what: string,
    name: string,
    content: string | Uint8Array,
    status: number,
    says: RegExp,
  ])[] = [
    ["an empty file", "empty.txt", "", 65, /^sealfold: DATA_EMPTY: /],
    [
      "bytes that are no UTF-8",
      "latin1.txt",
      Buffer.from(`ok\n${marker} \xe9\n`, "latin1"),
      65,
      /^sealfold: DATA_ENCODING: [^]*latin1\.txt/,
    ],
    [
      "a CSV with a ragged row",
      "ragged.csv",
      `a,b\n1,2\n${marker},2,3\n`,
      65,
      /^sealfold: DATA_RECORD: ragged\.csv, row 3: /,
    ],
    [
      "a line of JSON that is none",
      "bad.jsonl",
      `{"a":1}\n{"a":${marker}\n`,
      65,
      /^sealfold: DATA_RECORD: [^]*bad\.jsonl/,
    ],
  ];
  for (const [what, name, content, status, says] of files) {
    it(`refuses ${what}`, async () => {
      place.write(name, content);
      await expectFailure([name.endsWith(".txt") ? "words.ts" : "cells.ts", name], status, says);
    });
  }

  it("refuses a file that is missing, and a folder", async () => {
    await expectFailure(["words.ts", "missing.txt"], 65, /^sealfold: DATA_FILE: [^]*missing\.txt/);
    await expectFailure(["words.ts", "folder"], 65, /^sealfold: DATA_FILE: [^]*folder/);
  });

  it("refuses a file that cannot be read, and says why", async () => {
    symlinkSync("loop.txt", join(place.folder, "loop.txt")); // whoever runs the tests may be allowed to read any file
    await expectFailure(["words.ts", "loop.txt"], 65, /^sealfold: DATA_FILE: loop\.txt cannot be read \(ELOOP\)/);
  });

  it("refuses a line over the limit, and takes one that is at it", async () => {
    place.write("long.txt", `${"x".repeat(64)}\n`);
    const at = await place.run("run", "words.ts", "long.txt", "--json", "--quiet", "--limit", "recordBytes=64");
    expect(at.status, at.err).to.equal(0);
    await expectFailure(
      ["words.ts", "long.txt", "--limit", "recordBytes=63"],
      8,
      /^sealfold: LIMIT_RECORD: [^]*long\.txt/,
    );
  });

  const programs: readonly (readonly [what: string, source: string, says: RegExp])[] = [
    ["that does not compile", "export default (", /^sealfold: PROGRAM_BUILD: [^]*p\.ts:1:/],
    ["that is not there", "", /^sealfold: PROGRAM_EXPORT: /],
    ["that exports something else", "export default 3;", /^sealfold: PROGRAM_EXPORT: /],
    ["that imports Node", 'import "node:fs"; export default 3;', /^sealfold: PROGRAM_IMPORT: /],
    ["that throws while it is loaded", "export default 3; throw new Error('no');", /^sealfold: PROGRAM_THREW: /],
  ];
  for (const [what, source, says] of programs) {
    it(`refuses a program ${what}`, async () => {
      place.write("p.ts", source);
      await expectFailure(["p.ts", "ok.txt"], 7, says);
    });
  }
});
