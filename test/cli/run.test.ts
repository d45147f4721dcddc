import { existsSync } from "node:fs";

import { expect } from "chai";

import { ended, Workplace } from "./_sealfold.ts";

const text = "the sea, the sea\nconstructor __proto__ the\nSea É 😀\n";
const words = "for (const word of record.toLowerCase().match(/[\\p{L}_]+|😀/gu) ?? []) emit(word, 1);";

/** The same count without sealfold. */
function plainCount(): string {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[\p{L}_]+|😀/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([key, value]) => `${JSON.stringify({ key, value })}\n`).join("");
}

describe("sealfold run", () => {
  let place: Workplace;
  before(() => {
    place = new Workplace();
    place.program("words.ts", words);
    place.write("a.txt", text);
  });
  after(() => place.close());

  it("prints with --json nothing but one line per result, sorted by key in code-unit order", async () => {
    const { status, out, err } = await place.run("run", "words.ts", "a.txt", "--json", "--quiet");
    expect(err).to.equal("");
    expect(out).to.equal(plainCount());
    expect(status).to.equal(0);
  });

  it("gives the same lines with one mapper or three, one reducer or three, and --local", async () => {
    for (const more of [["--mappers", "1", "--reducers", "1"], ["--mappers", "3", "--reducers", "3"], ["--local"]]) {
      const { out } = await place.run("run", "words.ts", "a.txt", "--json", "--quiet", ...more);
      expect(out, more.join(" ")).to.equal(plainCount());
    }
  });

  it("tells on standard error how far it is, who attested as what, and that the receipt holds", async () => {
    const { out, err } = await place.run("run", "words.ts", "a.txt");
    expect(err)
      .to.match(/^seal .* B in /m)
      .and.to.match(/^map .* task/m)
      .and.to.match(/^reduce .* partition/m);
    expect(err)
      .to.match(/^broker +\S+… +\S+… +software$/m)
      .and.to.match(/^mapper 0 /m)
      .and.to.match(/^reducer 0 /m);
    expect(err).to.include("software: the operator's word").and.to.include("receipt verified");
    expect(err).not.to.include("\u001b").and.not.to.include("\r");
    expect(out).to.include("the\t3\n");
  });

  it("says how many records were skipped, where the limits let a program fail on some, and nothing where none were", async () => {
    place.program("picky.ts", 'if (record === "bad") throw new Error("bad"); emit(record, 1);');
    place.write("mixed.txt", "a\nbad\nb\nbad\n");
    const mixed = await place.run("run", "picky.ts", "mixed.txt", "--json", "--limit", "badRecords=2");
    expect(mixed.out, mixed.err).to.equal('{"key":"a","value":1}\n{"key":"b","value":1}\n');
    expect(mixed.err).to.match(/^2 records skipped$/m);
    const clean = await place.run("run", "words.ts", "a.txt", "--json", "--limit", "badRecords=2");
    expect(clean.err).not.to.include("skipped");
  });

  it("ends well when whoever reads its results has read enough, and says so when they cannot be written", async () => {
    const enough = place.start("run", "words.ts", "a.txt", "--quiet");
    enough.stdout?.destroy();
    const closed = await ended(enough);
    expect(closed.status, closed.err).to.equal(0);
    expect(closed.err).to.equal("");
    if (!existsSync("/dev/full")) return;
    const { status, err } = await place.runInto("/dev/full", "run", "words.ts", "a.txt", "--quiet");
    expect(err).to.match(/^sealfold: DATA_FILE: standard output cannot be written \(ENOSPC\)\n/);
    expect(err).not.to.match(/^\s+at .*:\d+:\d+/m);
    expect(status).to.equal(65);
  });

  it("reads CSV and JSON lines by their ending, and lines from standard input", async () => {
    place.program("city.ts", "emit(record.city, Number(record.degrees));", "mean");
    place.write("t.csv", 'city,degrees\n"Bern, CH",1.5\nOslo,-2\n"Bern, CH",2.5\n');
    place.write(
      "t.jsonl",
      '{"city":"Bern, CH","degrees":1.5}\n{"city":"Oslo","degrees":-2}\n{"city":"Bern, CH","degrees":2.5}\n',
    );
    const expected = '{"key":"Bern, CH","value":2}\n{"key":"Oslo","value":-2}\n';
    for (const file of ["t.csv", "t.jsonl"]) {
      const { out, err } = await place.run("run", "city.ts", file, "--json", "--quiet");
      expect(out, `${file}: ${err}`).to.equal(expected);
    }
    const stdin = await place.runWith("one\ntwo\n", "run", "words.ts", "-", "--json", "--quiet");
    expect(stdin.out, stdin.err).to.equal('{"key":"one","value":1}\n{"key":"two","value":1}\n');
  });
});
