import { expect } from "chai";

import { runCommand } from "../../lib/cli/command.ts";
import { fakeIo } from "./_fake-io.ts";

const wordCount = new URL("../../examples/1-word-count/word-count.ts", import.meta.url).pathname;

async function say(...args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const io = fakeIo();
  const status = await runCommand(args, io);
  return { status, out: io.out(), err: io.stderr.text };
}

describe("cli/command", () => {
  it("shows its help on standard output when asked, with the exit statuses", async () => {
    const { status, out, err } = await say("--help");
    expect(status).to.equal(0);
    expect(err).to.equal("");
    for (const word of ["run", "program", "verify", "Exit status", "130 interrupted"]) expect(out).to.include(word);
  });

  it("shows its help on standard error when nothing is said, and calls that wrong", async () => {
    const { status, out, err } = await say();
    expect(status).to.equal(2);
    expect(out).to.equal("");
    expect(err).to.include("Usage: sealfold").and.not.to.include("BUG");
  });

  it("tells its version", async () => {
    expect(await say("--version")).to.deep.include({ status: 0, out: "0.1.0\n" });
  });

  const mistaken: readonly (readonly [what: string, args: readonly string[], says: string])[] = [
    ["a command that is not there", ["rnu"], "Did you mean run?"],
    ["an option that is not there", ["run", "--maper", "3", "a", "b"], "Did you mean --mappers?"],
    ["no files", ["run", "a.ts"], "missing required argument 'files'"],
    ["a format that is not there", ["run", "a", "b", "--format", "xml"], "lines, csv, jsonl"],
    ["no mappers", ["run", "a", "b", "--mappers", "0"], "a whole number from 1 to 1024"],
    ["too many mappers", ["run", "a", "b", "--mappers", "1025"], "a whole number from 1 to 1024"],
    ["half a reducer", ["run", "a", "b", "--reducers", "1.5"], "a whole number from 1 to 1024"],
    ["a limit that is not there", ["run", "a", "b", "--limit", "constructor=1"], 'no limit "constructor"'],
    ["a limit out of its range", ["run", "a", "b", "--limit", "taskSeconds=0"], "a whole number from 1 to"],
    ["a limit without a number", ["run", "a", "b", "--limit", "taskSeconds"], "a whole number from 1 to"],
    [
      "a receipt of a local run",
      ["run", "a", "b", "--local", "--receipt", "r"],
      "cannot be used with option '--local'",
    ],
    ["a receipt where nobody can write", ["run", "a", "b", "--receipt", "/nowhere/r.json"], "cannot write /nowhere"],
    ["a receipt that is a folder", ["run", "a", "b", "--receipt", "/"], "cannot write /, which is a folder"],
    ["endings that differ", ["run", "a.ts", "b.csv", "c.txt"], "csv and lines; choose one with --format"],
    ["a nonce that is none", ["verify", "r", "--nonce", "AA"], "32 bytes of base64url"],
  ];
  for (const [what, args, sentence] of mistaken) {
    it(`refuses ${what} with status 2 and a sentence`, async () => {
      const { status, out, err } = await say(...args);
      expect(err)
        .to.match(/^sealfold: USAGE: /)
        .and.to.include(sentence)
        .and.to.include("\n  next: see sealfold --help\n");
      expect(status).to.equal(2);
      expect(out).to.equal("");
    });
  }

  it("measures a program: the same digest as text and as JSON", async () => {
    const { out, status } = await say("program", "measure", wordCount);
    expect(status).to.equal(0);
    const [measurement = ""] = out.split(" ");
    expect(measurement).to.match(/^[\w-]{43}$/);
    const json = await say("program", "measure", wordCount, "--json");
    expect(JSON.parse(json.out)).to.deep.include({ measurement, file: wordCount });
  });

  it("says which file is missing, with status 65", async () => {
    for (const args of [
      ["program", "measure", "/no/program.ts"],
      ["verify", "/no/receipt.json"],
    ]) {
      const { status, err } = await say(...args);
      expect(status).to.equal(65);
      expect(err).to.match(/^sealfold: DATA_FILE: .*\n  at: file \/no\/[a-z]+\.(ts|json)\n  next: check the name/);
    }
  });
});
