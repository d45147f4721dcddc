import { expect } from "chai";
import fc from "fast-check";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { canonicalProgram } from "../../../lib/program/canonical-program.ts";
import { checkProgram } from "../../../lib/sandbox/realm/realm.ts";
import { adding, emitted, failureOf, listing, openRealm, runRealm, script } from "./_realms.ts";

const words = script("(line, emit) => { for (const word of line.split(' ')) emit(word, 1); }", adding);
const keyed = (key: string): string => script(`(line, emit) => emit(${key}, 1)`, adding);
const valued = (value: string): string => script(`(line, emit) => emit("k", ${value})`);

describe("sandbox/realm: what goes in and comes out", () => {
  it("maps, drains, merges and finishes", () => {
    const rows = runRealm(words, "b a\nb\n");
    expect(rows).to.deep.equal([
      ['"a"', "1"],
      ['"b"', "2"],
    ]);
  });

  it("counts the words that are names of built-ins, the empty word and emoji like any other", () => {
    const odd = [
      "constructor",
      "__proto__",
      "toString",
      "hasOwnProperty",
      "prototype",
      "",
      "😀",
      "é",
      "\u0000",
      "\ufeff",
    ];
    for (const word of odd) {
      expect(runRealm(words, `${word}\n${word}\n`), word).to.deep.equal([[JSON.stringify(word), "2"]]);
    }
  });

  it("counts any words as a Map does", () => {
    const lines = fc.array(
      fc.array(
        fc.string({ unit: "grapheme" }).map((word) => word.replaceAll(/[\s]/gu, "")),
        { minLength: 1 },
      ),
    );
    fc.assert(
      fc.property(lines, (records) => {
        const counts = new Map<string, number>();
        for (const word of records.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
        const rows = runRealm(words, records.map((record) => `${record.join(" ")}\n`).join(""));
        const expected = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
        expect(rows).to.deep.equal(expected.map(([word, count]) => [JSON.stringify(word), `${count}`]));
      }),
      { numRuns: 30 },
    );
  });

  it("takes keys up to the limit in bytes, and not one more", () => {
    for (const [unit, bytes] of [
      ["a", 1],
      ["é", 2],
      ["日", 3],
      ["😀", 4],
    ] as const) {
      const fitting = unit.repeat(65_536 / bytes);
      if (65_536 % bytes === 0) {
        expect(runRealm(words, `${fitting}\n`)).to.have.lengthOf(1);
        failureOf("LIMIT_KEY", () => runRealm(words, `${fitting}a\n`));
      }
    }
    expect(runRealm(words, `${"日".repeat(21_845)}a\n`)).to.have.lengthOf(1);
    failureOf("LIMIT_KEY", () => runRealm(words, `${"日".repeat(21_845)}aa\n`));
  });

  it("takes values up to the limit in bytes of JSON, and not one more", () => {
    const value = (length: number): string => valued(`"a".repeat(${length})`);
    expect(runRealm(value(65_534), "x\n")).to.have.lengthOf(1);
    failureOf("LIMIT_VALUE", () => runRealm(value(65_535), "x\n"));
    expect(runRealm(valued("[1]"), "x\n", { limits: { valueBytes: 3 } })).to.have.lengthOf(1);
    failureOf("LIMIT_VALUE", () => runRealm(valued("[12]"), "x\n", { limits: { valueBytes: 3 } }));
  });

  it("ends a program that emits more than its output may be", () => {
    const keys = script("(line, emit) => { for (let i = 0; ; i++) emit(line + i, 1); }", adding);
    const few = script("(line, emit) => { for (let i = 0; i < 100; i++) emit(line + i, 1); }", adding);
    failureOf("LIMIT_OUTPUT", () => runRealm(few, "x\n", { limits: { outputBytes: 200 } }));
    expect(runRealm(few, "x\n", { limits: { outputBytes: 500 } })).to.have.lengthOf(100);
    expect(() => checkProgram(keys)).not.to.throw();
    const grown = script("(line, emit) => emit(line, 1)", adding.replace("(a) => a }", "() => 'b'.repeat(300) }"));
    failureOf("LIMIT_OUTPUT", () => runRealm(grown, "x\n", { limits: { outputBytes: 200 } }));
  });

  for (const key of [
    "null",
    "undefined",
    "NaN",
    "Infinity",
    "1n",
    "Symbol()",
    "() => 1",
    "({})",
    "[[]]",
    "[null]",
    "[NaN]",
    "'\\ud800'",
    "['\\udc00a']",
    "new String('a')",
    "Object.create(null)",
  ]) {
    it(`refuses the key ${key}`, () => {
      const error = failureOf("PROGRAM_VALUE", () => runRealm(keyed(key), "x\n"));
      expect(error.place).to.deep.equal({ stage: "map", record: 1 });
    });
  }

  for (const value of [
    "undefined",
    "NaN",
    "-Infinity",
    "1n",
    "Symbol()",
    "() => 1",
    "new Map()",
    "new (class {})()",
    "[1, , 2]",
    "{ a: undefined }",
    "[[[() => 1]]]",
    "'\\udfff'",
    "{ '\\ud800': 1 }",
    "new Uint8Array(1)",
    "new Number(1)",
    "(() => { const a = []; a.push(a); return a; })()",
    "(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a; })()",
  ]) {
    it(`refuses the value ${value}`, () => {
      failureOf("PROGRAM_VALUE", () => runRealm(valued(value), "x\n"));
      failureOf("PROGRAM_VALUE", () => runRealm(script(`(l, emit) => emit("k", ${value})`, adding), "x\n"));
    });
  }

  it("takes any JSON data as a value, and writes it in one way", () => {
    const value = `{ b: [1, -0, 1e21, null, true, "\\u2028"], a: { __proto__: null, ["__proto__"]: "x" }, 1: {} }`;
    expect(runRealm(valued(value), "x\n")).to.deep.equal([
      ['"k"', '[{"1":{},"a":{"__proto__":"x"},"b":[1,0,1e+21,null,true,"\u2028"]}]'],
    ]);
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        const [row] = runRealm(valued(`JSON.parse(line)`), `${JSON.stringify(data)}\n`);
        expect(JSON.parse(row?.[1] ?? "")).to.deep.equal([JSON.parse(JSON.stringify(data))]);
      }),
      { numRuns: 30 },
    );
  });

  it("does not ask a value how it wants to be written", () => {
    expect(emitted(`(line, emit) => emit("k", { toJSON: "plain" })`)).to.deep.equal([{ toJSON: "plain" }]);
    failureOf("PROGRAM_VALUE", () => emitted(`(line, emit) => emit("k", { toJSON: () => 1 })`));
  });

  it("says in which record the program threw, across chunks, and keeps the words to itself", () => {
    const map = "(line, emit) => { if (line === 'bad') throw new RangeError('secret ' + line); emit(line, 1); }";
    const realm = openRealm(script(map));
    expect(realm.mapChunk(utf8("1\n2\n3\n4\n5\n6\n7\n"))).to.equal(7);
    const error = failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("8\n9\nbad\n11\n")));
    expect(error.place).to.deep.equal({ stage: "map", record: 10 });
    expect(error.message).not.to.include("secret");
    expect(realm.failureText()).to.equal("RangeError: secret bad");
  });

  it("finds words for whatever is thrown", () => {
    const thrown = (what: string): string => {
      const realm = openRealm(script(`() => { throw ${what}; }`));
      failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("x\n")));
      return realm.failureText();
    };
    expect(thrown("'words'")).to.equal("words");
    expect(thrown("undefined")).to.equal("undefined");
    expect(thrown("Symbol()")).to.equal("symbol");
    expect(thrown("{ message: 1 }")).to.equal("an object: ");
    expect(thrown("{ get name() { throw 1; } }")).to.include("throws when it is looked at");
    expect(thrown("new Proxy({}, { get() { throw 1; } })")).to.include("throws when it is looked at");
    expect(thrown("'x'.repeat(1e6)")).to.have.lengthOf(4096);
  });

  it("counts a failure that the program swallowed", () => {
    const swallow = (call: string): string =>
      script(`(line, emit) => { try { ${call}; } catch {} emit("ok", 1); }`, adding);
    failureOf("PROGRAM_VALUE", () => runRealm(swallow("emit('k', NaN)"), "x\n"));
    failureOf("LIMIT_KEY", () => runRealm(swallow("emit('k'.repeat(1e6), 1)"), "x\n"));
    failureOf("PROGRAM_THREW", () => runRealm(swallow("emit('k', { get a() { throw 1; } })"), "x\n"));
  });

  it("takes a generator map", () => {
    expect(emitted("function* (line) { yield ['k', line]; yield ['l', 2]; }")).to.have.members(["x", 2]);
    for (const pair of ["1", "[1]", "[1, 2, 3]", "undefined", "{}"]) {
      failureOf("PROGRAM_VALUE", () => emitted(`function* () { yield ${pair}; }`));
    }
  });

  it("refuses asynchronous maps, and ignores what other maps return", () => {
    for (const map of ["() => ({ then() {} })", "() => ({ next() {} })"]) {
      failureOf("PROGRAM_VALUE", () => emitted(map));
    }
    for (const returned of ["1", "'a'", "[1, 2]", "null", "{}", "() => 1"]) {
      expect(emitted(`(line, emit) => { emit("k", 1); return ${returned}; }`)).to.deep.equal([1]);
    }
  });

  it("refuses an emit after the end of its record", () => {
    const late = "(line, emit) => { if (kept) emit('k', 'in time'); kept ??= emit; }";
    expect(emitted(late, "1\n2\n", "let kept")).to.deep.equal(["in time"]);
    const before =
      "let kept, caught = []; const use = () => { try { kept('k', 1); } catch (e) { caught.push(e.name); } return 0; }";
    const reduce = "{ zero: () => 0, add: () => 0, merge: use, finish: () => { use(); return caught; } }";
    const realm = openRealm(script("(line, emit) => { kept = emit; emit('k', 1); }", reduce, before));
    realm.mapChunk(utf8("x\n"));
    realm.merge(0, "k", 1, "0", "b");
    realm.finish((_kind, _key, values, _owners, result) => {
      expect(values).to.equal(2);
      expect(result).to.equal('["TypeError","TypeError"]');
    });
  });

  it("refuses an emit inside an emit", () => {
    failureOf("PROGRAM_THREW", () => emitted("(line, emit) => emit('k', { get a() { emit('l', 1); return 1; } })"));
    const reduce = "{ zero: () => 0, add: () => { kept('l', 1); return 0; }, merge: () => 0, finish: () => 0 }";
    failureOf("PROGRAM_THREW", () =>
      runRealm(script("(l, emit) => { kept = emit; emit('k', 1); }", reduce, "let kept"), "x\n"),
    );
  });

  it("counts how many owners' values are under a key", () => {
    const realm = openRealm(words);
    for (const [key, owner] of [
      ["a", "A"],
      ["a", "B"],
      ["a", "A"],
      ["b", "B"],
    ] as const) {
      realm.merge(0, key, 2, "2", owner);
    }
    const rows: unknown[] = [];
    realm.finish((...row) => rows.push(row));
    expect(rows).to.deep.equal([
      [0, "a", 6, 2, "6"],
      [0, "b", 2, 1, "2"],
    ]);
  });

  it("refuses states that are malformed", () => {
    for (const state of ["", "{", "1 2"]) failureOf("BATCH_ALTERED", () => openRealm(words).merge(0, "a", 1, state));
    for (const state of ["1", "{}", "null"]) {
      failureOf("BATCH_ALTERED", () => openRealm(script("() => {}", listing)).merge(0, "a", 1, state));
    }
  });

  it("refuses states and results that are no data", () => {
    const state = adding.replace("(a, b) => a + b", "() => () => 1");
    failureOf("PROGRAM_VALUE", () => runRealm(script("(l, emit) => emit(l, 1)", state), "x\n"));
    for (const result of ["undefined", "NaN", "1n", "() => 1", "new Date2()"]) {
      const code = result.startsWith("new") ? "PROGRAM_THREW" : "PROGRAM_VALUE";
      const error = failureOf(code, () =>
        runRealm(script("(l, emit) => emit(l, 1)", `() => ${result.startsWith("(") ? result : `(${result})`}`), "x\n"),
      );
      expect(error.place.stage).to.equal("reduce");
    }
  });
});

describe("sandbox/realm: programs that are none", () => {
  it("refuses text that is not canonical", () => {
    for (const text of [`${words} `, words.replace("  ", " "), "1", ""])
      failureOf("PROGRAM_REFUSED", () => openRealm(text));
  });

  it("refuses a script that leaves no program", () => {
    for (const left of [
      "undefined",
      "1",
      "null",
      "{}",
      "{ sealfold: 'program/1' }",
      "{ sealfold: 'program/1', definition: { map: 1 } }",
      "{ get sealfold() { throw 1 } }",
      "new Proxy({}, { get() { throw 1 } })",
    ]) {
      const text = canonicalProgram(`"use strict"; globalThis.sealfoldProgram = ${left};`);
      failureOf("PROGRAM_EXPORT", () => openRealm(text));
    }
  });

  it("says what a script threw while it was loaded, apart from the message", () => {
    const error = failureOf("PROGRAM_THREW", () =>
      openRealm(script("() => {}", listing, "throw new RangeError('secret')")),
    );
    expect(error.cause).to.equal("RangeError: secret");
    expect(error.message).not.to.include("secret");
    expect(error.place).to.deep.equal({ stage: "load" });
  });

  it("gives each realm a world of its own", () => {
    const counter = checkProgram(
      script(
        "(l, emit) => { n++; globalThis.m = (globalThis.m ?? 0) + 1; emit('n', [n, m]); }",
        listing,
        "let n = 0; var m",
      ),
    );
    for (let time = 0; time < 3; time++) {
      const realm = openRealm(counter);
      realm.mapChunk(utf8("x\n"));
      realm.drain((_kind, _key, _values, state) => expect(state).to.equal("[[1,1]]"));
    }
  });
});
