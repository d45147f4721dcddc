import { expect } from "chai";

import { Workplace } from "./_sealfold.ts";

describe("a program that fails", () => {
  let place: Workplace;
  before(() => {
    place = new Workplace();
    place.write("ok.txt", "a\n".repeat(20));
    place.program(
      "tenth.ts",
      'globalThis; if (record === "10") throw new RangeError("ten is too much"); emit(record, 1);',
    );
    place.write("numbers.txt", Array.from({ length: 20 }, (_, i) => `${i + 1}\n`).join(""));
  });
  after(() => place.close());

  it("is told with the record's number and its own words, status 7", async () => {
    const { status, out, err } = await place.run("run", "tenth.ts", "numbers.txt", "--json", "--quiet");
    expect(err)
      .to.match(/^sealfold: PROGRAM_THREW: /)
      .and.to.include("ten is too much")
      .and.to.include("record 10");
    expect(err).to.match(/^ {2}next: .*--local/m);
    expect(err, "no stack of ours").not.to.match(/^\s+at .*:\d+:\d+/m);
    expect({ status, out }).to.deep.equal({ status: 7, out: "" });
  });

  it("shows with --local the line of its own file", async () => {
    const { status, err } = await place.run("run", "tenth.ts", "numbers.txt", "--json", "--quiet", "--local");
    expect(err)
      .to.match(/^sealfold: PROGRAM_THREW: .*record 10/)
      .and.to.match(/^\s+at .*tenth\.ts:2:\d+\)?$/m);
    expect(err).to.match(/^ {2}next: correct the line/m);
    expect(err).not.to.include("lib/cli").and.not.to.include("lib/program");
    expect(status).to.equal(7);
  });

  for (const [what, body] of [
    ["a function", "emit(record, () => 1);"],
    ["a symbol", "emit(record, Symbol());"],
    ["a key that is not a number", "emit(NaN, 1);"],
  ] as const) {
    it(`ends with status 7 when it emits ${what}, sealed and local alike`, async () => {
      place.program("emits.ts", body, "count");
      for (const more of [[], ["--local"]]) {
        const { status, out, err } = await place.run("run", "emits.ts", "ok.txt", "--json", "--quiet", ...more);
        expect(err).to.match(/^sealfold: PROGRAM_VALUE: /);
        expect({ status, out }).to.deep.equal({ status: 7, out: "" });
      }
    });
  }

  it("is ended by the limit when it never returns", async () => {
    place.program("endless.ts", "for (;;) emit;");
    const { status, err } = await place.run(
      "run",
      "endless.ts",
      "ok.txt",
      "--json",
      "--quiet",
      "--limit",
      "taskSeconds=1",
    );
    expect(err).to.match(/^sealfold: LIMIT_TIME: /);
    expect(status).to.equal(8);
  });
});
