import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import * as fc from "fast-check";

import sumRows from "../../bench/workers/byte-means.ts";
import { type RangeJob, rangeBytes } from "../../bench/workers/byte-ranges.ts";
import countWords from "../../bench/workers/byte-words.ts";

describe("bench/workers, written by hand", () => {
  let folder = "";
  before(async () => void (folder = await mkdtemp(join(tmpdir(), "sealfold-bench-"))));
  after(() => rm(folder, { recursive: true }));

  async function jobOf(text: string): Promise<RangeJob> {
    const file = join(folder, "text");
    await writeFile(file, text);
    return { file, size: Buffer.byteLength(text), next: new SharedArrayBuffer(4) };
  }

  function counted(words: readonly string[]): Map<string, number> {
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    return counts;
  }

  it("count the words of letters and of fields that regular expressions find", async () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom("The", "the", "THE", "\n", " ", "don't", "ab", "ba"));
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (pieces) => {
        const text = pieces.join("");
        const letters = countWords({ ...(await jobOf(text)), words: "letters" });
        expect(letters).to.deep.equal(counted(text.toLowerCase().match(/[a-z]+/g) ?? []));
        const fields = countWords({ ...(await jobOf(text)), words: "fields" });
        expect(fields).to.deep.equal(counted(text.match(/[^ \t\n\v\f\r]+/g) ?? []));
      }),
      { numRuns: 50 },
    );
  });

  it("count more distinct words than their table has room for at first", async () => {
    const words = Array.from({ length: 100_000 }, (_, at) => `w${at}`);
    const text = `${words.join("\n")}\n${words.slice(0, 50_000).join(" ")}`;
    const counts = countWords({ ...(await jobOf(text)), words: "fields" });
    expect(counts.size).to.equal(100_000);
    expect([counts.get("w0"), counts.get("w49999"), counts.get("w50000"), counts.get("w99999")]).to.deep.equal([
      2, 2, 1, 1,
    ]);
  });

  it("take every line once, wherever a part of the file ends", async () => {
    for (const shift of [-1, 0, 1, 2]) {
      const first = "x".repeat(rangeBytes / 16 - 1);
      const lines = [...Array.from({ length: 15 }, () => first), "y".repeat(rangeBytes / 16 - 1 + shift), "z z", "z"];
      for (const end of ["", "\n"]) {
        const counts = countWords({ ...(await jobOf(lines.join("\n") + end)), words: "fields" });
        expect([...counts.values()], `${shift}`).to.deep.equal([15, 1, 3]);
      }
    }
  });

  it("add tenths of either sign", async () => {
    const sums = sumRows(await jobOf("a;1.5\nb;-0.1\na;-12.0\nb;-99.9\na b;0.0"));
    expect([...sums]).to.deep.equal([
      ["a", [-105, 2]],
      ["b", [-1000, 2]],
      ["a b", [0, 1]],
    ]);
  });
});
