import { join } from "node:path";

import { expect } from "chai";

import { runCommand } from "../../lib/cli/command.ts";
import type { Finding } from "../../lib/program/check/finding.ts";
import { countingProgram, withFolder } from "../program/_folder.ts";
import { fakeIo } from "./_fake-io.ts";

interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly file: string;
}

async function check(program: string, ...flags: readonly string[]): Promise<Said> {
  return withFolder({ "program.ts": program }, async (folder) => {
    const io = fakeIo();
    const file = join(folder, "program.ts");
    const status = await runCommand(["program", "check", file, ...flags], io);
    return { status, out: io.out(), err: io.stderr.text, file };
  });
}

const good = countingProgram("map: (line: string, emit) => emit(line, 1)");
const failing = countingProgram("map: (line: string, emit) => emit(Date.now(), Math.random())");
const refused = countingProgram("map: (line: string, emit) => emit(line, fs)", `import fs from "node:fs";`);

describe("sealfold program check", () => {
  it("finds nothing in a good program: status 0", async () => {
    const { status, out, err, file } = await check(good);
    expect({ status, out, err }).to.deep.equal({
      status: 0,
      out: `${file}: nothing found; it needs no capability\n`,
      err: "",
    });
  });

  it("ends with 7 when something would be refused, and says where, why and what to do", async () => {
    const { status, out, err, file } = await check(refused);
    expect(out).to.include(`${file}:2:16: refused, PROGRAM_IMPORT: a program cannot import node:fs`);
    expect(out)
      .to.match(/^ {2}next: move what needs Node/m)
      .and.to.match(/\n1 refused\n$/);
    expect({ status, err }).to.deep.equal({ status: 7, err: "" });
  });

  it("ends with 0 when something would only fail, and names the capabilities that would help", async () => {
    const { status, out } = await check(failing);
    expect(out).to.include("would fail at run time, PROGRAM_THREW: there is no Date");
    expect(out).to.include(
      "2 would fail at run time; it needs no capability; what it lacks it gets as tools where it needs clock, random\n",
    );
    expect(status).to.equal(0);
  });

  it("says which capabilities a program declares that it needs", async () => {
    const needy = countingProgram(
      'needs: ["policy.query", "crypto"] as const, map: (line: string, emit) => emit(line, 1)',
    );
    const { status, out, file } = await check(needy);
    expect({ status, out }).to.deep.equal({
      status: 0,
      out: `${file}: nothing found; it needs crypto, policy.query\n`,
    });
  });

  it("prints with --json one finding per line, and nothing when there is none", async () => {
    const { out, file } = await check(failing, "--json");
    const findings = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Finding);
    expect(findings.map(({ capability }) => capability)).to.deep.equal(["clock", "random"]);
    expect(findings[0]).to.include({ file, line: 3, severity: "fails", code: "PROGRAM_THREW" });
    expect((await check(good, "--json")).out).to.equal("");
  });

  it("tells of a file that is missing as every command does", async () => {
    const io = fakeIo();
    const status = await runCommand(["program", "check", "/no/program.ts"], io);
    expect(status, io.stderr.text).to.equal(65);
    expect(io.stderr.text).to.match(/^sealfold: DATA_FILE: /);
  });

  it("tells its exit status in its help", async () => {
    const io = fakeIo();
    expect(await runCommand(["program", "check", "--help"], io)).to.equal(0);
    expect(io.out()).to.include("7 otherwise");
  });
});
