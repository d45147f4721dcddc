import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import * as fc from "fast-check";

import { type Entry, entriesOf } from "../../bench/answer.ts";
import { buildFloor } from "../../bench/build.ts";

/** As many bytes as a thread of the floor takes at once. */
const pieceBytes = 4 << 20;

describe("bench/floor, in C", () => {
  let folder = "";
  const paths = new Map<string, string>();

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), "sealfold-floor-"));
    for (const name of ["words", "means", "timed"]) {
      const built = await buildFloor(name, `${folder}/`);
      if ("why" in built) this.skip();
      paths.set(name, built.path);
    }
  });
  after(() => rm(folder, { recursive: true }));

  async function answerOf(name: string, text: string, ...args: readonly string[]): Promise<Map<string, number>> {
    const file = join(folder, "text");
    await writeFile(file, text);
    const { stdout } = spawnSync(paths.get(name) ?? "", [file, "2", ...args], { encoding: "utf8", maxBuffer: 2 ** 28 });
    const entries: Entry[] = [...entriesOf(stdout)];
    expect(new Set(entries.map(([key]) => key)).size).to.equal(entries.length);
    return new Map(entries);
  }

  function counted(words: readonly string[]): Map<string, number> {
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    return counts;
  }

  it("counts the words that regular expressions find, also long ones, and those that blocks and the end cut", async () => {
    const long = fc.integer({ min: 1, max: 150 }).map((length) => "aBc".repeat(length).slice(0, length));
    const piece = fc.oneof(long, fc.stringMatching(/^[ -~]{0,20}$/), fc.constantFrom("\n", " ", "é", "x".repeat(64)));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
        const text = pieces.join("");
        expect(await answerOf("words", text, "letters")).to.deep.equal(
          counted(text.toLowerCase().match(/[a-z]+/g) ?? []),
        );
        expect(await answerOf("words", text, "fields")).to.deep.equal(counted(text.match(/[^ \t\n\v\f\r]+/g) ?? []));
      }),
      { numRuns: 25 },
    );
  });

  it("counts more words than its tables begin with, in pieces of whole lines", async () => {
    const lines = Array.from({ length: 700_000 }, (_, at) => `word${at % 90_000} and`);
    const text = lines.join("\n");
    expect(text.length).to.be.above(2 * pieceBytes);
    expect(await answerOf("words", text, "fields")).to.deep.equal(counted(text.split(/\s/)));
  });

  it("averages tenths of either sign", async () => {
    const rows = "a;1.5\nb;-0.1\na;-12.0\nlonger than eight;3.5\nlonger than nine;0.5\nb;-99.9\nc;7.0";
    expect([...(await answerOf("means", rows))].sort(([a], [b]) => (a < b ? -1 : 1))).to.deep.equal([
      ["a", -5.25],
      ["b", -50],
      ["c", 7],
      ["longer than eight", 3.5],
      ["longer than nine", 0.5],
    ]);
  });

  it("passes on a command's failure, and times no command that is not there", () => {
    const timed = (command: string): number | null => spawnSync(paths.get("timed") ?? "", [command]).status;
    expect([timed("true"), timed("false"), timed("no such command")]).to.deep.equal([0, 1, 127]);
  });
});
