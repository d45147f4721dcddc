/** `emit.each` comes to what a loop comes to that emits each, whichever way the engine takes. */

import { expect } from "chai";
import * as fc from "fast-check";

import type { EngineLimits } from "../../lib/program/engine.ts";
import { count, max, mean, min, minMaxMean, sum } from "../../lib/program/index.ts";
import type { Scanner } from "../../lib/program/scanner.ts";
import { type AnyEmit, type AnyMap, answerOf, newScanner } from "./_answers.ts";
import { oddCharacters } from "./_text.ts";

type Tokens = "words" | "fields";
const own = { zero: () => 0, add: (a: number, b: number) => a + b, merge: (a: number, b: number) => a + b };
const reduces: Readonly<Record<string, unknown>> = {
  sum,
  count,
  mean,
  min,
  max,
  minMaxMean,
  own: { ...own, finish: (state: number) => state },
  list: (_key: unknown, values: readonly unknown[]) => values,
};
const numbers = [1, -1, 0.1, -0, 2 ** 31, 2 ** 40 + 0.5, 2 ** -70, 5e-324, 1e300];
const others = [NaN, Infinity, "1", null, { a: 1 }, undefined, () => 1, "x".repeat(101)];
const line = fc.oneof(
  fc.string({ unit: fc.constantFrom(...oddCharacters), maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(..."abAB  é.") }),
  fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", " ")),
);

type Answers = (map: AnyMap, reduce: unknown, lines: readonly string[], limits?: Partial<EngineLimits>) => unknown;

/** @returns what an engine came to, after the lines, with one way to emit */
function answersWith(open: () => Scanner | undefined): Answers {
  return (map, reduce, lines, limits = {}) => answerOf({ map, reduce, chunks: [lines.join("\n")], limits }, open());
}

const kept = newScanner();

/** How an engine looks keys up; and how one does that is there beside another. */
const ways: Readonly<Record<string, readonly [open: () => Scanner | undefined, another: () => Scanner | undefined]>> = {
  "by itself": [() => undefined, () => undefined],
  "with a scanner": [
    () => {
      kept.forget();
      return kept;
    },
    newScanner,
  ],
};

function looping(tokens: Tokens, value: unknown, before = 0): AnyMap {
  return (record, emit) => {
    const keys = record[tokens]();
    for (let index = 0; index < before; index++) keys.next();
    for (const key of keys) emit(key, value);
  };
}

function atOnce(tokens: Tokens, value: unknown, before = 0): AnyMap {
  return (record, emit) => {
    const keys = record[tokens]();
    for (let index = 0; index < before; index++) keys.next();
    emit.each(keys, value);
    expect(keys.next().done).to.equal(true);
  };
}

for (const [way, [open, another]] of Object.entries(ways)) {
  describe(`program/emitter: emit.each, ${way}`, () => {
    const answers = answersWith(open);

    for (const [name, reduce] of Object.entries(reduces)) {
      for (const tokens of ["words", "fields"] as const) {
        it(`of ${tokens} comes to what a loop comes to, for ${name}`, () => {
          fc.assert(
            fc.property(
              fc.array(line, { minLength: 1, maxLength: 4 }),
              fc.constantFrom<unknown>(...numbers, ...others),
              fc.nat({ max: 3 }),
              fc.constantFrom(0, 2),
              (lines, value, before, badRecords) => {
                const wanted = answers(looping(tokens, value, before), reduce, lines, { badRecords });
                expect(answers(atOnce(tokens, value, before), reduce, lines, { badRecords })).to.deep.equal(wanted);
              },
            ),
            { numRuns: 150 },
          );
        });
      }
    }

    it("takes more keys than are looked up at once, and new ones among them", () => {
      const text = Array.from({ length: 5000 }, (_, index) => `w${index % 3333} W é${index}`).join(" ");
      for (const tokens of ["words", "fields"] as const) {
        const wanted = answers(looping(tokens, 2.5), sum, [text, text]);
        expect(answers(atOnce(tokens, 2.5), sum, [text, text])).to.deep.equal(wanted);
      }
    });

    it("fails where a loop fails: keys that are too long, or too many", () => {
      const lines = ["aa bb cc dd", "aa eeee", "ffffffff gg"];
      for (const lower of [{ keyBytes: 3 }, { keyBytes: 4 }, { outputBytes: 7 }, { outputBytes: 12 }]) {
        for (const badRecords of [0, 1]) {
          const differences = { ...lower, badRecords };
          const wanted = answers(looping("words", 1), sum, lines, differences);
          expect(answers(atOnce("words", 1), sum, lines, differences)).to.deep.equal(wanted);
          if (badRecords === 0) expect((wanted as number[])[0]).to.be.below(0);
        }
      }
    });

    it("takes whatever can be iterated, and refuses what a loop refuses", () => {
      const given: readonly (() => unknown)[] = [
        () => ["a", 1, true, ["b", 2]],
        () => new Set(["x", "y"]),
        () => "letters",
        function* () {
          yield "a";
          yield 2;
        },
        () => [{}],
        () => [null],
        () => ["\ud800"],
        () => 1,
        () => null,
        () => ({}),
      ];
      for (const keys of given) {
        const loop: AnyMap = (_record, emit) => {
          for (const key of keys() as Iterable<unknown>) emit(key, 1);
        };
        const each: AnyMap = (_record, emit) => emit.each(keys(), 1);
        const [wanted, found] = [answers(loop, sum, ["1", "2"]), answers(each, sum, ["1", "2"])] as unknown[][];
        // V8 says what cannot be iterated by how it was written.
        for (const answer of [wanted, found]) answer?.splice(3, 1, String(answer[3]).replace(/: .* iterable$/, ""));
        expect(found).to.deep.equal(wanted);
      }
    });

    it("may be mixed with emit, also while it iterates", () => {
      const nested: AnyMap = (record, emit) => {
        const keys = function* (): Generator {
          for (const word of record.words()) {
            emit("all", 1);
            yield word;
          }
        };
        emit.each(keys(), 1);
        emit.each(record.fields(), 2);
      };
      expect(answers(nested, sum, ["a b a"])).to.deep.equal([
        0,
        1,
        0,
        "",
        [
          [0, "all", 3, "3", "3"],
          [0, "a", 4, "6", "6"],
          [0, "b", 2, "3", "3"],
        ],
      ]);
    });

    it("works only while its record is mapped", () => {
      let kept: AnyEmit | undefined;
      const map: AnyMap = (_record, emit) => void (kept = emit);
      answers(map, sum, ["a"]);
      expect(() => kept?.each(["a"], 1)).to.throw(TypeError, "while its record is mapped");
    });

    it("finds no words of a record that was mapped", () => {
      for (const tokens of ["words", "fields"] as const) {
        let kept: unknown;
        const map: AnyMap = (record, emit) => {
          if (kept === undefined) kept = record[tokens]();
          else emit.each(kept, 1);
        };
        const [failure, , , text] = answers(map, sum, ["one two     ", "three"]) as unknown[];
        expect(failure).to.equal(-1);
        expect(text).to.contain("only while its record is mapped");
      }
    });

    it("looks words of another engine up by their own bytes", () => {
      let foreign: unknown;
      const outer: AnyMap = (record) => {
        foreign = record.words();
        const inner: AnyMap = (_record, emit) => {
          emit.each(foreign, 1);
          emit("one", 1);
        };
        const answer = answersWith(another)(inner, sum, ["x"], { seed: 5 }) as unknown[];
        expect(answer[4]).to.deep.equal([
          [0, "one", 2, "2", "2"],
          [0, "two", 1, "1", "1"],
        ]);
      };
      expect((answers(outer, sum, ["One two"]) as unknown[])[3]).to.equal("");
    });
  });
}
