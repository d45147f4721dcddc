import { expect } from "chai";
import * as fc from "fast-check";

import { mean, min, minMaxMean, sum, type Text } from "../../lib/program/index.ts";
import { Scanner, type ScannerModule } from "../../lib/program/scanner.ts";
import { status } from "../../lib/program/verdict.ts";
import { type AnyEmit, type AnyMap, answerOf, newScanner, type Run } from "./_answers.ts";
import { oddCharacters } from "./_text.ts";

const shared = newScanner();

/** Holds that a program comes to the same with and without a scanner. @returns what it comes to */
function same(run: Run): readonly unknown[] {
  const wanted = answerOf(run);
  shared.forget();
  expect(answerOf(run, shared)).to.deep.equal(wanted);
  return wanted;
}

const each =
  (tokens: "words" | "fields", value = 1): AnyMap =>
  (line, emit) =>
    emit.each(line[tokens](), value);

/** What a program may do with a line, one after the other. */
const steps: readonly ((line: Text, emit: AnyEmit) => void)[] = [
  each("words"),
  each("fields"),
  each("words", 2),
  each("fields", 0.1),
  (line, emit) => emit(line, 1),
  (line, emit) => emit(line.slice(0, 0), 1),
  (line, emit) => {
    for (const part of line.split(" ")) emit(part, part.length);
  },
  (line, emit) => {
    for (const word of line.words()) emit(word, 1.5);
  },
  (line, emit) => emit([line], 1),
  (line, emit) => emit(line, "1"),
  (line, emit) => emit("a", 5),
  (line, emit) => emit(3, 2 ** 40),
  (line, emit) => emit.each(line.part(1, " ").words(), 1),
  (line, emit) => emit.each(line.trim().fields(), -7),
  (line, emit) => {
    const words = line.words();
    words.next();
    emit.each(words, 1);
    emit.each(words, 1);
  },
  (line, emit) => {
    const [before, after] = line.cut("a");
    emit.each(before.fields(), 1);
    emit.each(after.fields(), 1);
  },
];
const piece = fc.oneof(
  fc.constantFrom(...oddCharacters, "\r", "\0", "\v", "\u007f"),
  fc.constantFrom("\n", "\r\n", " ", "a", "Ab", "sixteen-sixteens", "sixteensixteens", "Seventeen", "x".repeat(63)),
);
const chunk = fc.array(piece, { maxLength: 120 }).map((pieces) => pieces.join(""));
const work = fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 3 });

describe("program/scanner", () => {
  it("makes no difference to any program: to keys, their order, values, refusals and the record that has one", () => {
    const limits = fc.record({
      keyBytes: fc.constantFrom(3, 15, 16, 17, 1000),
      outputBytes: fc.constantFrom(40, 200, 2 ** 20),
      badRecords: fc.constantFrom(0, 0, 0, 1),
    });
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 3 }), work, limits, (chunks, tasks, lower) => {
        const map: AnyMap = (line, emit) => {
          for (const step of tasks) step(line, emit);
        };
        for (const reduce of [sum, minMaxMean]) same({ map, reduce, chunks, limits: lower });
      }),
      { numRuns: 1500 },
    );
  });

  it("finds words and fields wherever in a block they begin and end, and none of what lies after the chunk", () => {
    const long = " zz".repeat(200);
    for (let before = 0; before < 70; before++) {
      for (const length of [1, 2, 15, 16, 17, 63, 64, 65, 129]) {
        const text = " ".repeat(before) + "W".repeat(length);
        for (const tokens of ["words", "fields"] as const) {
          const wanted = tokens === "words" ? "w" : "W";
          const answer = same({ map: each(tokens), reduce: sum, chunks: [long, text], limits: { keyBytes: 200 } });
          expect(answer[4]).to.deep.equal([
            [0, "zz", 200, "200", "200"],
            [0, wanted.repeat(length), 1, "1", "1"],
          ]);
        }
      }
    }
  });

  it("counts keys that are more than it knows, and come again and again", () => {
    const some = Array.from({ length: 150_000 }, (_, index) => `k${index % 140_000} the`);
    const chunks = [some.join(" "), some.toReversed().join("\n"), some.join("\r\n")];
    const limits = { outputBytes: 2 ** 24 };
    expect(same({ map: each("fields", 3), reduce: sum, chunks, limits })[4]).to.have.lengthOf(140_001);
  });

  it("takes single keys: many and few of them at once, new ones and known ones, and others in between", () => {
    const cut: AnyMap = (line, emit) => {
      const [key, value] = line.cut(";");
      emit(key, value.number());
    };
    const mixed: AnyMap = (line, emit) => {
      cut(line, emit);
      if (line.byteAt(0) === 0x31) emit("all", 1);
      if (line.byteAt(1) === 0x37) emit.each(line.fields(), 3);
    };
    const rows = (different: number): string => {
      return Array.from({ length: 40_000 }, (_, index) => `${(index * 7919) % different};${index / 10}`).join("\n");
    };
    const limits = { outputBytes: 2 ** 24 };
    for (const chunks of [
      [rows(400), rows(39_999), rows(30)],
      [rows(1e9), rows(1e9), `a key longer than sixteen;1\n${rows(5)}`],
    ]) {
      for (const map of [cut, mixed]) for (const reduce of [mean, min]) same({ map, reduce, chunks, limits });
    }
  });

  it("refuses a key for which there is no room at its own record", () => {
    const lines = Array.from({ length: 50 }, (_, index) => `k${10 + index}`);
    const map: AnyMap = (line, emit) => emit(line, 1);
    const answer = same({ map, reduce: sum, chunks: [lines.join("\n")], limits: { outputBytes: 100 } });
    expect(answer.slice(0, 2)).to.deep.equal([status.output, 34]);
    const long = same({ map, reduce: sum, chunks: ["a\nab\nabc\na"], limits: { keyBytes: 2 } });
    expect(long.slice(0, 2)).to.deep.equal([status.key, 3]);
  });

  it("takes a value of its own for each record", () => {
    const map: AnyMap = (line, emit) => emit.each(line.fields(), line.length / 8);
    const lines = Array.from({ length: 400 }, (_, index) => `a b${"c".repeat(index % 90)} ${index % 7}`);
    for (const reduce of [sum, mean, min]) same({ map, reduce, chunks: [lines.join("\n"), lines.join("\n")] });
  });

  it("is refused at the record whose key is refused, and not later", () => {
    const lines = Array.from({ length: 50 }, (_, index) => (index === 20 ? "abcd" : "abc a"));
    const answer = same({ map: each("words"), reduce: sum, chunks: [lines.join("\n")], limits: { keyBytes: 3 } });
    expect(answer.slice(0, 2)).to.deep.equal([status.key, 21]);
  });

  it("forgets what numbers keys had in another task", () => {
    const run: Run = { map: each("words"), reduce: sum, chunks: ["one two two"] };
    same({ ...run, chunks: ["two one"] });
    expect(same(run)[4]).to.deep.equal([
      [0, "one", 1, "1", "1"],
      [0, "two", 2, "2", "2"],
    ]);
  });

  it("says when there is no memory for a chunk, or for itself, and all goes on without", () => {
    const scanner = newScanner();
    expect(scanner.bufferFor(2 ** 31 - 1)).to.equal(undefined);
    const run: Run = { map: each("words"), reduce: sum, chunks: ["a b", `a ${"b ".repeat(200_000)}`] };
    expect(answerOf(run, scanner)).to.deep.equal(answerOf(run));
    const none = new Scanner(Object.create(null) as ScannerModule);
    expect(none.bufferFor(1)).to.equal(undefined);
    expect(answerOf(run, none)).to.deep.equal(answerOf(run));
  });
});
