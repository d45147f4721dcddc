import { expect } from "chai";
import fc from "fast-check";

import { utf8 } from "../../lib/crypto/bytes.ts";
import { ByteTable, hashOf } from "../../lib/program/byte-table.ts";
import { fields, words } from "../../lib/program/index.ts";
import { findIn, stringIn } from "../../lib/program/text.ts";
import type { Text } from "../../lib/program/tokens.ts";
import { oddCharacters, textOf, viewOf } from "./_text.ts";

const odd = fc.string({ unit: fc.constantFrom(...oddCharacters), maxLength: 30 });
const line = fc.oneof(odd, fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), fc.string());

function strings(views: Iterable<Text>): string[] {
  return Array.from(views, String);
}

describe("program/text: words and fields", () => {
  it("finds the words that the string has in lower case, for any text", () => {
    const check = (text: string): void => {
      expect(strings(words(viewOf(text)))).to.deep.equal(text.toLowerCase().match(/\p{L}+/gu) ?? []);
    };
    for (const text of ["", "a", "The cat's", "ΑΣ Σ A.Σ ΑΣ.Β", "naïve caffè", "don’t—stop", "É.a.ΑΣ b", "x İx y"])
      check(text);
    fc.assert(fc.property(line, check), { numRuns: 2000 });
  });

  it("finds words in parts of a line, and again in words", () => {
    fc.assert(
      fc.property(line, fc.nat(), fc.nat(), (text, first, second) => {
        const points = [...text];
        const [from, to] = [first % (points.length + 1), second % (points.length + 1)].toSorted((a, b) => a - b);
        const before = utf8(points.slice(0, from).join("")).length;
        const part = points.slice(from, to).join("");
        const view = viewOf(text).slice(before, before + utf8(part).length);
        expect(view.toString()).to.equal(part);
        const found = part.toLowerCase().match(/\p{L}+/gu) ?? [];
        expect(strings(words(view))).to.deep.equal(found);
        const again = Array.from(words(view)).flatMap((word) => strings(word.words()));
        expect(again).to.deep.equal(found.flatMap((word) => word.toLowerCase().match(/\p{L}+/gu) ?? []));
      }),
      { numRuns: 1000 },
    );
  });

  it("takes no stack for a line of many dashes, and finds what is after them", () => {
    expect(strings(words(viewOf("— ".repeat(20_000) + "End")))).to.deep.equal(["end"]);
  });

  it("finds the fields between ASCII white space", () => {
    fc.assert(
      fc.property(line, (text) => {
        expect(strings(fields(viewOf(text)))).to.deep.equal(text.match(/[^\t-\r ]+/g) ?? []);
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps words in lower case apart that are looked at later", () => {
    const view = viewOf("One TWO one Two");
    const first = Array.from(words(view));
    const second = Array.from(words(view.slice(4)));
    expect(strings(first)).to.deep.equal(["one", "two", "one", "two"]);
    expect(strings(second)).to.deep.equal(["two", "one", "two"]);
    expect(String(view)).to.equal("One TWO one Two");
  });
});

describe("program/text: as a key", () => {
  it("has the hash of its bytes, however it came about", () => {
    fc.assert(
      fc.property(line, fc.integer(), (text, seed) => {
        const table = new ByteTable(seed, { keyBytes: 1000, totalBytes: 100_000 });
        const { view } = textOf(text);
        for (const part of [view, ...words(view), ...fields(view), ...view.split("a")]) {
          const bytes = utf8(part.toString());
          const number = table.find(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length, table.seed));
          expect(findIn(table, part)).to.equal(number);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("has the hash of the table that it is looked up in, whatever it was found for", () => {
    const table = new ByteTable(5, { keyBytes: 1000, totalBytes: 1000 });
    const { view } = textOf("One two;three");
    const parts = [...words(view), ...fields(view), ...view.cut(";"), view];
    const numbers = parts.map((part) =>
      table.find(utf8(String(part)), 0, part.length, hashOf(part.toBytes(), 0, part.length, 5)),
    );
    expect(parts.map((part) => findIn(table, part))).to.deep.equal(numbers);
  });

  it("is told from all that is none", () => {
    const table = new ByteTable(1, { keyBytes: 1000, totalBytes: 1000 });
    const view = viewOf("a");
    for (const value of ["a", 1, null, undefined, {}, [], Object.create(view), new Proxy(view, {}), { ...view }]) {
      expect(findIn(table, value)).to.equal(-1);
      expect(stringIn(value)).to.equal(undefined);
    }
    expect(table.count).to.equal(0);
  });
});

describe("program/text: what a view answers", () => {
  it("is what its string answers, in bytes", () => {
    fc.assert(
      fc.property(line, line, (text, part) => {
        const view = viewOf(text);
        const bytes = utf8(text);
        expect(view.length).to.equal(bytes.length);
        expect(view.toBytes()).to.deep.equal(Uint8Array.from(bytes));
        expect(Array.from(bytes.keys(), (at) => view.byteAt(at))).to.deep.equal(Array.from(bytes));
        expect(strings(view.split("a"))).to.deep.equal(text.split("a"));
        for (const index of [-1, 0, 0.5, 1, 2, 9, Infinity, NaN]) {
          expect(view.part(index, "a").toString()).to.equal(text.split("a")[index] ?? "");
        }
        const cut = text.indexOf(" ");
        expect(strings(view.cut(" "))).to.deep.equal(
          cut === -1 ? [text, ""] : [text.slice(0, cut), text.slice(cut + 1)],
        );
        expect(view.trim().toString()).to.equal(text.replaceAll(/^[\t-\r ]+|[\t-\r ]+$/g, ""));
        for (const sought of [part, text, text.slice(0, 2), text.slice(1)].filter((known) => !/\p{Cs}/u.test(known))) {
          for (const given of [sought, viewOf(sought)]) {
            expect(view.indexOf(given)).to.equal(Buffer.from(bytes).indexOf(sought));
            expect(view.startsWith(given)).to.equal(text.startsWith(sought));
            expect(view.equals(given)).to.equal(text === sought);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("has places that count from either end, and none outside", () => {
    const view = viewOf("abcdef");
    const places = [-Infinity, -9, -6, -2, -1, -0.5, 0, 1, 2.7, 5, 6, 9, Infinity, NaN];
    for (const start of places) {
      for (const end of [undefined, ...places]) {
        expect(view.slice(start, end).toString(), `${start} ${end}`).to.equal("abcdef".slice(start, end));
      }
    }
    expect([-1, 6, 0.5, NaN, Infinity].map((at) => view.byteAt(at))).to.deep.equal(Array(5).fill(undefined));
    expect([view.indexOf("c", 3), view.indexOf("c", 2), view.indexOf("", 9), view.indexOf("f", -1)]).to.deep.equal([
      -1, 2, 6, 5,
    ]);
  });

  it("never cuts a character in two", () => {
    const view = viewOf("aé😀");
    for (const [start, end] of [[2], [0, 2], [4], [3, 5], [1, 6]] as const) {
      expect(() => view.slice(start, end), `${start} ${end}`).to.throw(RangeError, "between characters");
    }
    expect(strings([view.slice(1, 3), view.slice(3), view.slice(7), view.slice(2, 2)])).to.deep.equal([
      "é",
      "😀",
      "",
      "",
    ]);
  });

  it("refuses separators and parts that are none", () => {
    const view = viewOf("a");
    for (const separator of ["", "ab", "é", "\u0080", 97, undefined]) {
      expect(() => view.split(separator as string)).to.throw(TypeError, `"separator"`);
      expect(() => view.cut(separator as string)).to.throw(TypeError, `"separator"`);
      expect(() => view.part(0, separator as string)).to.throw(TypeError, `"separator"`);
    }
    expect(() => view.part("0" as never, " ")).to.throw(TypeError, `"index"`);
    expect(() => view.indexOf(1 as never)).to.throw(TypeError, `"part"`);
    expect(() => view.equals(null as never)).to.throw(TypeError, `"part"`);
    expect(() => view.slice("0" as never)).to.throw(TypeError, "place");
    expect([view.equals("\ud800"), view.startsWith("\ud800"), view.indexOf("\ud800")]).to.deep.equal([
      false,
      false,
      -1,
    ]);
  });

  it("ends with its record, and all that came of it", () => {
    const { view, close } = textOf("One é two");
    const tokens = words(view);
    const kept = [
      view,
      view.slice(1),
      ...words(view),
      ...fields(view),
      ...view.split(" "),
      tokens.next().value as Text,
    ];
    close();
    for (const text of kept) {
      const uses: ((text: Text) => unknown)[] = [
        ({ length }) => length,
        (it) => it.byteAt(0),
        (it) => it.slice(0),
        (it) => it.split(" "),
        (it) => it.cut(" "),
        (it) => it.part(0, " "),
        (it) => it.indexOf(""),
        (it) => it.startsWith(""),
        (it) => it.equals("x"),
        (it) => viewOf("x").equals(it),
        (it) => it.trim(),
        (it) => it.number(),
        (it) => it.toString(),
        (it) => it.toBytes(),
        (it) => [...words(it)],
        (it) => [...fields(it)],
        (it) => stringIn(it),
        (it) => findIn(new ByteTable(1, { keyBytes: 1, totalBytes: 1 }), it),
      ];
      for (const use of uses) expect(() => use(text), use.toString()).to.throw(TypeError, "while its record is mapped");
    }
    expect(() => tokens.next()).to.throw(TypeError, "while its record is mapped");
  });
});
