import { expect } from "chai";

import { addresses, distinctLines, stationLines, zipfWords } from "../../bench/corpora.ts";

async function textOf(blocks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const block of blocks) all.push(block);
  return Buffer.concat(all).toString();
}

function countsOf(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

describe("bench/corpora", () => {
  it("are the same whenever they are made", async () => {
    for (const make of [() => zipfWords(1e5), () => stationLines(1000), () => distinctLines(1000)]) {
      expect(await textOf(make())).to.equal(await textOf(make()));
    }
  });

  it("have as many rows as asked, of 413 stations at most, with one digit behind the point", async () => {
    const rows = (await textOf(stationLines(20_000))).trimEnd().split("\n");
    expect(rows).to.have.length(20_000);
    expect(rows.filter((row) => !/^Station \d{1,3};-?\d+\.\d$/.test(row))).to.deep.equal([]);
    expect(countsOf(rows.map((row) => row.split(";")[0] as string)).size).to.equal(413);
  });

  it("have every key twice where half of the rows are distinct, and never the one soon after the other", async () => {
    const keys = (await textOf(distinctLines(1000)))
      .trimEnd()
      .split("\n")
      .map((row) => row.split(";")[0] as string);
    const counts = countsOf(keys);
    expect(counts.size).to.equal(500);
    expect(new Set(counts.values())).to.deep.equal(new Set([2]));
    expect(new Set(keys.slice(0, 500)).size).to.equal(500);
  });

  it("draw words by Zipf's law", async () => {
    const words = (await textOf(zipfWords(2e6))).trimEnd().split(/\s/);
    const counts = [...countsOf(words).values()].sort((a, b) => b - a);
    expect(words.filter((word) => !/^[a-z]+$/.test(word))).to.deep.equal([]);
    expect((counts[0] as number) / (counts[9] as number)).to.be.within(8, 12);
    expect((counts[0] as number) / (counts[99] as number)).to.be.within(70, 130);
    expect(counts.length).to.be.above(20_000);
  });

  it("have no letters beyond ASCII in real text, of the length that was asked for", async () => {
    const text = await textOf(addresses(12e6));
    expect(Buffer.byteLength(text)).to.be.within(12e6, 13e6);
    expect(text.match(/(?![a-z])\p{L}/iu)).to.equal(null);
  });
});
