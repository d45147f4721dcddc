import { expect } from "chai";
import fc from "fast-check";

import { utf8 } from "../../lib/crypto/bytes.ts";
import { SealfoldError } from "../../lib/errors.ts";
import {
  type Aggregate,
  count,
  type Key,
  program,
  type Program,
  sum,
  type Text,
  topK,
  words as wordsOf,
} from "../../lib/program/index.ts";
import { recordsIn, runLocal } from "../../lib/program/local.ts";

const url = import.meta.url;
const words = program(url, {
  map(line: string, emit) {
    for (const word of line.match(/\S+/g) ?? []) emit(word, 1);
  },
  reduce: sum,
});

describe("program/local", () => {
  it("counts words, names of built-ins included", async () => {
    const odd = ["constructor", "__proto__", "toString", "hasOwnProperty", "😀", "ß", "é"];
    const results = await runLocal(words, [odd.join(" "), "the the", "", "__proto__"]);
    expect(results.find(({ key }) => key === "__proto__")?.value).to.equal(2);
    expect(results.find(({ key }) => key === "the")?.value).to.equal(2);
    expect(results.map(({ key }) => key)).to.deep.equal([...odd, "the"].toSorted());
  });

  it("takes a generator map and an asynchronous input", async () => {
    const pairs = program(url, {
      *map(value: number) {
        yield [value % 2 === 0, value] as const;
        yield [[value, "of"], value] as const;
      },
      reduce: sum,
    });
    async function* records(): AsyncGenerator<number> {
      yield* [1, 2, 3];
    }
    expect(await runLocal(pairs, records())).to.deep.equal([
      { key: false, value: 4 },
      { key: true, value: 2 },
      { key: [1, "of"], value: 1 },
      { key: [2, "of"], value: 2 },
      { key: [3, "of"], value: 3 },
    ]);
  });

  it("gives a reduce function its values in one order, whatever the order of the records", async () => {
    const listed = program(url, {
      map: (value: unknown, emit) => emit("all", value),
      reduce: (_key: Key, values: readonly unknown[]) => values,
    });
    const data = fc.jsonValue({ maxDepth: 2 });
    await fc.assert(
      fc.asyncProperty(fc.array(data, { minLength: 1, maxLength: 8 }), async (values) => {
        const [one] = await runLocal(listed, values);
        const [other] = await runLocal(listed, values.toReversed());
        expect(JSON.stringify(one)).to.equal(JSON.stringify(other));
        expect(one?.value).to.have.lengthOf(values.length);
      }),
    );
  });

  it("takes an aggregate of one's own, whose methods use this", async () => {
    const longest: Aggregate<string, string, number> & { pick(a: string, b: string): string } = {
      pick: (a, b) => (b.length > a.length ? b : a),
      zero: () => "",
      add(this: typeof longest, state, value) {
        return this.pick(state, value);
      },
      merge: (a, b) => (b.length > a.length ? b : a),
      finish: (state) => state.length,
    };
    const own = program(url, { map: (line: string, emit) => emit(1, line), reduce: longest });
    expect(await runLocal(own, ["a", "abc", "ab"])).to.deep.equal([{ key: 1, value: 3 }]);
  });

  it("keeps what was emitted as it was then", async () => {
    const changing = program(url, {
      map(line: string, emit) {
        const value: [number, string] = [1, line];
        emit("k", value);
        value[0] = 100;
      },
      reduce: topK<[number, string]>(1),
    });
    expect(await runLocal(changing, ["a"])).to.deep.equal([{ key: "k", value: [[1, "a"]] }]);
  });

  it("keeps number, boolean and string keys apart, and equal arrays together", async () => {
    const keyed = program(url, { map: (key: Key, emit) => emit(key, 1), reduce: count });
    const keys: Key[] = ["1", 1, true, "true", [1], ["1"], "[1]", -0, 0, [], [true, "a"], 1e21, -1.5, ""];
    const results = await runLocal(keyed, [...keys, ...keys]);
    const expected = [true, -1.5, 0, 1, 1e21, [], [true, "a"], [1], ["1"], "", "1", "[1]", "true"];
    expect(results.map(({ key }) => key)).to.deep.equal(expected);
    expect(results.map(({ value }) => value)).to.deep.equal(expected.map((key) => (key === 0 ? 4 : 2)));
  });

  it("shows the program's own error and its stack", async () => {
    const failing = program(url, {
      map: (line: string, emit) => emit(line, mustBeShort(line)),
      reduce: sum,
    });
    const error = await failure(failing, ["a", "b", "long"]);
    expect(error.code).to.equal("PROGRAM_THREW");
    expect(error.message).to.equal("in record 3: RangeError: too long");
    expect(error.place.record).to.equal(3);
    expect((error.cause as Error).stack).to.match(/at mustBeShort .*local\.test\.ts/);
  });

  it("says in which record a value is no data, with the stack of the emit", async () => {
    const odd = program(url, { map: (value: unknown, emit) => emit("k", value), reduce: count });
    const error = await failure(odd, [1, NaN]);
    expect(error.code).to.equal("PROGRAM_VALUE");
    expect(error.message).to.equal("in record 2: NaN is not data");
    expect((error.cause as Error).stack).to.match(/local\.test\.ts/);
  });

  it("reports what reduce throws and returns", async () => {
    const throwing = program(url, {
      map: (line: string, emit) => emit(line, 1),
      reduce: (): number => {
        throw new Error("no");
      },
    });
    expect((await failure(throwing, ["a"])).code).to.equal("PROGRAM_THREW");
    const nothing = program(url, { map: (line: string, emit) => emit(line, 1), reduce: () => undefined });
    expect((await failure(nothing, ["a"])).code).to.equal("PROGRAM_VALUE");
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    function* endless(): Generator<string> {
      for (let record = 0; ; record++) {
        if (record === 10) stop.abort();
        yield "a";
      }
    }
    const error = await runLocal(words, endless(), { signal: stop.signal }).then(() => undefined, asSealfold);
    expect(error?.code).to.equal("CANCELLED");
  });

  it("refuses what program() did not make", async () => {
    const error = await runLocal({} as Program<string, number>, []).then(() => undefined, asSealfold);
    expect(error?.code).to.equal("PROGRAM_EXPORT");
  });
});

describe("program/local: recordsIn", () => {
  it("cuts a chunk as a sandbox does", () => {
    expect([...recordsIn(utf8("a\n\nb\r\n"), { kind: "lines" })]).to.deep.equal(["a", "", "b"]);
    expect([...recordsIn(utf8(""), { kind: "lines" })]).to.deep.equal([]);
    expect([...recordsIn(utf8("1\n[2]\n"), { kind: "json" })]).to.deep.equal([1, [2]]);
    const csv = { kind: "csv", columns: ["x", "__proto__"] } as const;
    expect(Object.entries([...recordsIn(utf8('["1","2"]\n'), csv)][0] as object)).to.deep.equal([
      ["x", "1"],
      ["__proto__", "2"],
    ]);
    const bytes = Uint8Array.of(0, 0, 0, 2, 7, 8, 0, 0, 0, 0);
    expect([...recordsIn(bytes, { kind: "bytes" })]).to.deep.equal([Uint8Array.of(7, 8), Uint8Array.of()]);
  });

  it("says which record is malformed", () => {
    const read = (chunk: Uint8Array, kind: "json" | "bytes") => () => [...recordsIn(chunk, { kind })];
    expect(read(utf8("1\n{\n"), "json"))
      .to.throw(SealfoldError)
      .with.deep.property("place", { record: 2 });
    for (const bytes of [[0], [0, 0, 0, 1], [0, 0, 0, 0, 255, 255, 255, 255, 1]]) {
      expect(read(Uint8Array.from(bytes), "bytes"))
        .to.throw(SealfoldError)
        .with.property("code", "DATA_RECORD");
    }
  });
});

describe("program/local: records as text", () => {
  const counted = program(url, {
    records: "text",
    map(line, emit) {
      for (const word of wordsOf(line)) emit(word, 1);
      emit([line], line.length);
    },
    reduce: sum,
  });

  it("gives what a program gives that gets strings", async () => {
    const plain = program(url, {
      map(line: string, emit) {
        for (const word of line.toLowerCase().match(/\p{L}+/gu) ?? []) emit(word, 1);
        emit([line], utf8(line).length);
      },
      reduce: sum,
    });
    const lines = ["To be, or not", "", "É é İ ΑΣ", "to be"];
    expect(await runLocal(counted, lines)).to.deep.equal(await runLocal(plain, lines));
  });

  it("takes nothing but lines, and no half of a surrogate pair", async () => {
    const codeOf = (records: readonly unknown[]): Promise<unknown> =>
      runLocal(counted, records as string[]).then(
        () => "none",
        (error: SealfoldError) => error.code,
      );
    expect(await Promise.all([[1], [{ a: 1 }], [utf8("a")], ["\ud800"]].map(codeOf))).to.deep.equal([
      "DATA_FORMAT",
      "DATA_FORMAT",
      "DATA_FORMAT",
      "DATA_ENCODING",
    ]);
  });

  it("says in which record a view was kept too long", async () => {
    let kept: Text | undefined;
    const keeping = program(url, {
      records: "text",
      map(line, emit) {
        emit((kept ??= line), 1);
      },
      reduce: sum,
    });
    const error = await runLocal(keeping, ["a", "b"]).catch((caught: unknown) => caught);
    expect(error).to.include({ code: "PROGRAM_THREW" });
    expect((error as SealfoldError).message)
      .to.include("in record 2")
      .and.to.include("while its record is mapped");
  });
});

describe("program: program()", () => {
  it("refuses definitions that are none, by name", () => {
    const define = (definition: unknown) => () => program(url, definition as never);
    expect(define({ map: 1, reduce: sum })).to.throw(TypeError, `"map"`);
    expect(define(undefined)).to.throw(TypeError, `"map"`);
    for (const reduce of [undefined, null, 1, {}, { ...sum, merge: undefined }]) {
      expect(define({ map: () => undefined, reduce })).to.throw(TypeError, `"reduce"`);
    }
    for (const records of ["lines", null, true]) {
      expect(define({ records, map: () => undefined, reduce: sum })).to.throw(TypeError, `"records"`);
    }
    expect(() => program(undefined as never, words.definition as never)).to.throw(TypeError, `"url"`);
  });
});

function mustBeShort(line: string): number {
  if (line.length > 1) throw new RangeError("too long");
  return 1;
}

async function failure<R>(failing: Program<R, unknown>, records: Iterable<R>): Promise<SealfoldError> {
  const error = await runLocal(failing, records).then(() => undefined, asSealfold);
  if (error === undefined) throw new Error("did not fail");
  return error;
}

function asSealfold(error: unknown): SealfoldError {
  if (error instanceof SealfoldError) return error;
  throw error;
}
