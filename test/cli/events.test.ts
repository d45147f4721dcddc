import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { EventFile } from "../../lib/cli/event-file.ts";
import { codeOf } from "../code-of.ts";
import { ended, hasSaid, Workplace } from "./_sealfold.ts";

interface Line {
  readonly at: number;
  readonly kind: string;
}

const markers = ["zebraquartz", "narwhalonyx", "ocelotpath"] as const;
const [word, thrown, path] = markers;

describe("sealfold run --events", () => {
  let place: Workplace;
  before(() => {
    place = new Workplace();
    place.program(`${path}.ts`, 'for (const word of record.split(" ")) emit(word, 1);');
    place.program("throws.ts", `if (record.includes("${thrown}")) throw new Error(record); emit(record, 1);`);
    place.program("endless.ts", "for (;;) emit;");
    place.write(`${path}.txt`, `${word} ${word}\n`);
    place.write("bad.txt", `${thrown}\n`);
  });
  after(() => place.close());

  const textOf = (name: string): string => readFileSync(join(place.folder, name), "utf8");

  /** The file's lines, each whole, in the order of their times. */
  function linesOf(name: string): readonly Line[] {
    const text = textOf(name);
    expect(text.endsWith("\n"), "the last line is whole").to.equal(true);
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    const times = lines.map(({ at }) => at);
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    for (const marker of markers) expect(text).not.to.include(marker);
    return lines;
  }

  it("writes a line of JSON for each event, with the milliseconds since the start, and nothing that is sealed", async () => {
    const { status, out } = await place.run("run", `${path}.ts`, `${path}.txt`, "--quiet", "--events", "events.jsonl");
    expect({ status, out }).to.deep.equal({ status: 0, out: `${word}\t2\n` });
    const kinds = linesOf("events.jsonl").map(({ kind }) => kind);
    expect(kinds.length).to.be.above(5);
    expect(kinds[0]).to.equal("start");
    expect(kinds.at(-1)).to.equal("release");
  });

  it("has written what happened where the program fails, and not what it failed on", async () => {
    const { status } = await place.run("run", "throws.ts", "bad.txt", "--quiet", "--events", "failed.jsonl");
    expect(status).to.equal(7);
    const kinds = linesOf("failed.jsonl").map(({ kind }) => kind);
    expect(kinds).to.include("plan").and.not.to.include("release");
  });

  it("has written what happened where the job is interrupted", async () => {
    const child = place.start("run", "endless.ts", "bad.txt", "--events", "stopped.jsonl");
    const end = ended(child);
    await hasSaid(child, "seal ");
    child.kill("SIGINT");
    expect((await end).status).to.equal(130);
    const kinds = linesOf("stopped.jsonl").map(({ kind }) => kind);
    expect(kinds).to.include("plan").and.not.to.include("release");
  });

  it("begins the file anew, and does not begin a job whose file cannot be written", async () => {
    place.write("old.jsonl", "left over\n");
    await place.run("run", `${path}.ts`, `${path}.txt`, "--quiet", "--events", "old.jsonl");
    expect(linesOf("old.jsonl").length).to.be.above(5);
    for (const file of [".", "no/such/folder.jsonl"]) {
      const { status, out, err } = await place.run("run", `${path}.ts`, `${path}.txt`, "--events", file);
      expect({ status, out }).to.deep.equal({ status: 2, out: "" });
      expect(err).to.include(`--events: cannot write ${file}`).and.not.to.include("seal ");
    }
  });

  it("has no events of a job that is none", async () => {
    const { status, err } = await place.run("run", `${path}.ts`, `${path}.txt`, "--local", "--events", "none.jsonl");
    expect(status).to.equal(2);
    expect(err).to.include("--events");
  });
});

describe("cli/event-file", () => {
  it("does not stop the job when the disk is full, but says so at the end", function () {
    if (process.platform !== "linux") this.skip();
    const file = new EventFile("/dev/full");
    file.write({ kind: "release", jobId: "x" });
    file.write({ kind: "release", jobId: "x" });
    expect(codeOf(() => file.finish())).to.equal("DATA_FILE");
    file.close();
  });

  it("tells whole milliseconds since it was opened", () => {
    const place = new Workplace();
    try {
      let now = 1000.4;
      const name = join(place.folder, "events.jsonl");
      const file = new EventFile(name, () => now);
      now = 1012.9;
      file.write({ kind: "release", jobId: "x" });
      file.finish();
      file.write({ kind: "release", jobId: "y" });
      expect(readFileSync(name, "utf8")).to.equal('{"at":13,"kind":"release","jobId":"x"}\n');
    } finally {
      place.close();
    }
  });
});
