import { expect } from "chai";
import fc from "fast-check";

import { builtin } from "../../lib/builtin/builtin.ts";
import { type WordKind, wordKinds } from "../../lib/builtin/word-count.ts";
import { records } from "../../lib/data/input.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { mapReduce } from "../../lib/map-reduce.ts";
import { expectLawful } from "../../lib/testing/check-laws.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { collidingWords, countedIn, linesOf, openRealm, pairsOf, realmOptions } from "./_counted.ts";

/** What each kind of words is, as JavaScript says it. */
const tokenizers: Readonly<Record<WordKind, (line: string) => readonly string[]>> = {
  letters: (line) => line.toLowerCase().match(/\p{L}+/gu) ?? [],
  ascii: (line) => line.match(/[A-Za-z]+/g)?.map((word) => word.toLowerCase()) ?? [],
  spaced: (line) => line.match(/[^\t\n\v\f\r ]+/g) ?? [],
};

function plainCounts(text: string, kind: WordKind): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const line of text.split("\n")) {
    for (const word of tokenizers[kind](line)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

const recordsIn = (text: string): number => text.split("\n").length - (text === "" || text.endsWith("\n") ? 1 : 0);

function expectCounts(text: string, kinds: readonly WordKind[] = wordKinds): void {
  for (const words of kinds) {
    const { records, results } = countedIn(builtin.wordCount({ words }), text);
    expect(results, words).to.deep.equal(plainCounts(text, words));
    expect(records).to.equal(recordsIn(text));
  }
}

/** On a Node with another Unicode there are letters that the module does not know, or the other way round. */
const isSameUnicode = process.versions["unicode"] === "17.0";

describe("builtin/word-count", () => {
  for (const [what, text] of [
    ["no text at all", ""],
    ["empty lines", "\n\r\n\n"],
    ["no line feed at the end", "The sea,\r\n\r\n\nthe SEA\r\n  the\tend"],
    ["every byte of ASCII", String.fromCharCode(...Array.from({ length: 128 }, (_, at) => at))],
    ["several scripts", "ÉTÉ Ⱥⱥ Съешь ЕЩЁ 海 海海 ⅧⓐⒶ ªº ẞß ǅ 𐐀𐐨 𝔄 K"],
    ["an I with a dot, whose lower case falls apart", "İstanbul xİ İİ iı"],
    ["sigma at the end of words", "ΟΔΟΣ ΣΑΣ Σ. ΑΣ'Σ a.Σ Σ\u0301Α ΑΣ\u0301 \u00adΣ ʰΣ ΑΣ\nΣ ΑΣ1"],
    [
      "words of zero bytes",
      "a\u0000 a \u0000\u0000 \u0000 aaaaaaaa aaaaaaaa\u0000 aaaaaaaaaaaaaaaa aaaaaaaaaaaaaaaa\u0000",
    ],
  ] as const) {
    it(`counts what JavaScript's expressions find, in ${what}`, () => expectCounts(text));
  }

  it("counts any line of letters, marks and signs as they do", () => {
    const character = fc.constantFrom(..."aAbσΣςßİıǅȺẞé.':^ʰͅ\u0301\u00ad1 \n\r\t\f😀𐐀\u{e0101}Ⅷⓐ\u0000ﬁ海");
    const text = fc.string({ unit: character, maxLength: 300 });
    fc.assert(
      fc.property(text, (text) => expectCounts(text)),
      { numRuns: 80 },
    );
    if (!isSameUnicode) return;
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => expectCounts(text)));
  });

  it("counts words of every length, wherever they stand in a block of 64 bytes", () => {
    for (const letter of ["x", "é"]) {
      const lines = Array.from({ length: 150 }, (_, at) => `${".".repeat(at % 67)} ${letter.repeat(at)}Y ${letter}`);
      expectCounts(lines.join("\n"));
    }
  });

  it("counts more words than its table holds at first, short ones and long ones", () => {
    const text = Array.from({ length: 30_000 }, (_, at) => `w${at % 20_011} ${"long".repeat(5)}${at % 9973}`).join(
      "\n",
    );
    expectCounts(text, ["spaced"]);
  });

  it("hands over what it gathered when its table is full, and goes on", function () {
    this.timeout(120_000);
    const words = Array.from({ length: 1_100_000 }, (_, at) => `w${at.toString(36)}`);
    const text = `${words.join(" \n")}\n${words.slice(0, 1000).join("\n")}`;
    const pairs = pairsOf(builtin.wordCount({ words: "spaced" }), text);
    expect(pairs.length).to.equal(1_101_000);
    expect(new Set(pairs.map(({ key }) => key)).size).to.equal(1_100_000);
  });

  it("hands over what it gathered when the policy gives it no more memory, and goes on", function () {
    this.timeout(120_000);
    const words = Array.from({ length: 150_000 }, (_, at) => `word${at % 120_000} ${"long".repeat(6)}${at % 50_000}`);
    const text = words.join("\n");
    const [mapper, reducer] = [openRealm(builtin.wordCount({ words: "spaced" }), 4), openRealm(builtin.wordCount())];
    expect(mapper.mapChunk(Buffer.from(text))).to.equal(150_000);
    mapper.drain((kind, key, values, state) => reducer.merge(kind, key, values, state));
    const counts = new Map<string, number>();
    reducer.finish((_kind, key, _values, _owners, result) => counts.set(key, Number(result)));
    expect(counts).to.deep.equal(new Map(plainCounts(text, "spaced")));
  });

  it("forgets a task when it is over, and one that failed, where its instance is used again", () => {
    const realm = openRealm(builtin.groupBy({ key: 1, value: 2, aggregate: "sum" }));
    const drained = (text: string): unknown[] => {
      realm.renew(realmOptions);
      realm.mapChunk(Buffer.from(text));
      const rows: unknown[] = [];
      realm.drain((_kind, key, values, state) => rows.push([key, values, state]));
      return rows;
    };
    expect(drained("a,1\nb,2")).to.deep.equal(drained("a,1\nb,2"));
    expect(() => drained("c,1\nd,x")).to.throw(SealfoldError);
    expect(realm.failureText()).to.contain("line 2 of the task");
    expect(drained("a,5")).to.deep.equal([["a", 1, "5"]]);
  });

  it("is not slowed by words that fall on one another: those without a place are handed over as they come", () => {
    const words = collidingWords(200);
    expect(new Set(words).size).to.equal(200);
    const text = `${words.join(" ")}\n`.repeat(3);
    const pairs = pairsOf(builtin.wordCount({ words: "spaced" }), text);
    expect(pairs.length).to.equal(64 + 3 * (200 - 64));
    expectCounts(text, ["spaced"]);
  });

  it("is lawful: the answer is the same for every split, order and grouping", async () => {
    const lines = ["The sea", "", "the SEA's İ", "ΑΣ Σ", "naïve na ïve"];
    for (const words of wordKinds) await expectLawful(builtin.wordCount({ words }), linesOf(lines), { runs: 5 });
  });

  it("counts under seal, and refuses records that are no lines", async () => {
    const text = "The sea, the sea!\nÉté\n";
    const { output, receipt } = await mapReduce(builtin.wordCount(), linesOf(text.trimEnd().split("\n")), {
      mappers: 1,
      reducers: 2,
    });
    const counts: ReadonlyMap<string, number> = new Map([...output].map(([word, count]) => [String(word), count]));
    expect([...counts]).to.deep.equal(plainCounts(text, "letters"));
    expect(receipt.policy?.programs[0]?.kind).to.equal("wasm");
    expect(await codeOf(() => mapReduce(builtin.wordCount(), records(["the sea"])))).to.equal("DATA_FORMAT");
  });

  it("refuses text that is not UTF-8, as every program does", async () => {
    const realm = openRealm(builtin.wordCount());
    expect(await codeOf(() => realm.mapChunk(Uint8Array.of(0x61, 0xff, 0x0a)))).to.equal("DATA_ENCODING");
  });

  it("refuses a kind of words that there is not", () => {
    expect(() => builtin.wordCount({ words: "big" as WordKind })).to.throw(
      TypeError,
      /"words" expected letters, ascii/,
    );
  });
});
