/** A program whose records are views of bytes: what it does with them, and what it gets at. */

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { canonicalProgram } from "../../../lib/program/canonical-program.ts";
import { adding, failureOf, limits, openRealm, type Row, runRealm, textScript } from "../../sandbox/realm/_realms.ts";
import { keepHostUntouched, tools } from "./_attempts.ts";

/** @returns what `work`, a function of a line, answered for the second of three lines */
function answerOf(work: string, before = ""): unknown {
  const map = `(line, emit) => { const work = ${work}; if (line.equals("Two")) emit("k", attempt(() => work(line))); else attempt(() => work(line)); }`;
  const rows = runRealm(textScript(map, undefined, `${tools}${before}`), "One é\nTwo\nThree\n");
  expect(rows).to.have.lengthOf(1);
  return (JSON.parse(rows[0]?.[1] ?? "") as unknown[])[0];
}

describe("claims/confinement: views of bytes", () => {
  keepHostUntouched();

  const attempts: Readonly<Record<string, readonly [work: string, wanted: string]>> = {
    "no constructor to make a view with": ["(line) => line.constructor === Object", "true"],
    "no constructor of what gives words": ["(line) => line.words().constructor === Object", "true"],
    "no constructor on any prototype of either": [
      `(line) => [line, line.words(), line.fields()].every((view) => {
        for (let at = view; at !== null; at = Object.getPrototypeOf(at)) if (Object.hasOwn(at, "constructor") && at.constructor !== Object) return false;
        return true;
      })`,
      "true",
    ],
    "nothing of its own on a view": [
      "(line) => [line, line.words()].map((view) => Reflect.ownKeys(view).length).join()",
      "0,0",
    ],
    "no object of the engine in what a view gives": [
      `(line) => [line, line.slice(1), line.split("w"), line.cut("w"), line.words(), [...line.fields()], line.words().next(), line.toBytes()].map(foreign).join("")`,
      "false".repeat(8),
    ],
    "bytes that are a copy alone": [
      `(line) => { const bytes = line.toBytes(); bytes.fill(65); return [bytes.buffer.byteLength, line, line.byteAt(0)].join(); }`,
      "3,Two,84",
    ],
    "no getter that is called with the bytes, by a place that is no number": [
      `(line) => {
        const seen = [];
        for (const name of ["7leak", "leak", "7x", "length"]) Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), name, { get() { seen.push(typeof this); return 1; }, configurable: true });
        for (const place of ["leak", "x", { valueOf: () => 1, toString: () => "leak" }, { [Symbol.toPrimitive]: (hint) => hint === "default" ? "leak" : 1 }, Symbol.iterator, 1n, "1", [1]]) {
          for (const use of [() => line.byteAt(place), () => line.slice(place), () => line.slice(0, place), () => line.indexOf("w", place)]) attempt(use);
        }
        line.words().next(); line.toBytes(); line.split("w"); line.indexOf("wo"); line.equals("Twö"); line.number();
        return seen.join();
      }`,
      "",
    ],
    "no method for another object": [
      `(line) => {
        const prototype = Object.getPrototypeOf(line);
        const forged = { length: 3, start: 0, end: 9, page: { bytes: new Uint8Array(9), start: 0 } };
        const others = [forged, Object.create(line), new Proxy(line, {}), new Uint8Array(4), "text", undefined];
        return Object.getOwnPropertyNames(prototype).filter((name) => name !== "length").flatMap((name) => others.map((other) => attempt(() => Reflect.apply(prototype[name], other, [" "])))).every((name) => name === "TypeError");
      }`,
      "true",
    ],
    "no next for another object": [
      `(line) => { const { next } = Object.getPrototypeOf(line.words()); return [{}, line, { next: () => true }].map((other) => attempt(() => Reflect.apply(next, other, []))).join(); }`,
      "TypeError,TypeError,TypeError",
    ],
    "no private part by a class that returns a view": [
      `(line) => { class Forged extends (function () { return line; }) { #page = { bytes: new Uint8Array(9), start: 0 }; static of(view) { return view.#page; } }
        const forged = new Forged(); return [forged === line, String(line), line.length].join(); }`,
      "true,Two,3",
    ],
  };
  for (const [name, [work, wanted]] of Object.entries(attempts)) {
    it(`have ${name}`, () => expect(answerOf(work)).to.equal(wanted));
  }

  it("show nothing of another record, however they were kept", () => {
    const before = `${tools} const kept = [];
      const uses = [(v) => v.length, (v) => v.toString(), (v) => v.byteAt(0), (v) => v.slice(0), (v) => v.toBytes(), (v) => v.cut(" "), (v) => v.split(" "),
        (v) => v.trim(), (v) => v.number(), (v) => [...v.words()], (v) => v.words().next(), (v) => v.indexOf("O"), (v) => v.startsWith("O"), (v) => v.equals("One")];`;
    const map = `(line, emit) => {
      const words = line.words(), fields = line.fields(); words.next(); fields.next();
      for (const view of kept) for (const use of uses) emit("use", attempt(() => use(view)));
      for (const rest of kept.rests ?? []) emit("next", attempt(() => rest.next()));
      kept.push(line, line.slice(0, 1), line.slice(line.length), line.slice(1, 1), ...line.words(), ...line.fields(), ...line.split("n"));
      kept.rests = [...kept.rests ?? [], words, fields];
    }`;
    const realm = openRealm(textScript(map, "(key, values) => [...new Set(values)]", before));
    // A chunk that lies where the one before lay, and is longer.
    for (const chunk of ["One é Two\nOne\n\n", "Secret é Secret Secret\nSecret\n", "One\n"])
      realm.mapChunk(utf8(chunk));
    const rows: Row[] = [];
    realm.finish((_kind, key, _values, _owners, result) => rows.push([key, result]));
    expect(rows).to.deep.equal([
      ["next", '["TypeError"]'],
      ["use", '["TypeError"]'],
    ]);
  });

  it("are no key or value of a later record, nor of a later task", () => {
    const before = "let kept; let other;";
    for (const emit of ["emit(kept, 1)", "emit([1, kept], 1)", "emit('k', kept)", "emit('k', [{ a: kept }])"]) {
      const map = `(line, emit) => { if (kept !== undefined) ${emit}; kept = line; }`;
      const realm = openRealm(textScript(map, undefined, before));
      failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("Two\nTwo\n")));
      const later = openRealm(textScript(map, undefined, before));
      later.mapChunk(utf8("Two\n"));
      later.renew({
        format: { kind: "lines" },
        limits: { keyBytes: 10, valueBytes: 10, outputBytes: 99, badRecords: 0 },
      });
      failureOf("PROGRAM_THREW", () => later.mapChunk(utf8("Two\n")));
    }
  });

  it("are no key of a later record either where many keys are looked up together", () => {
    for (const kept of ["line", "line.words().next().value", "line.cut('w')[1]"]) {
      const map = `(line, emit) => { kept ??= ${kept}; emit(kept, 1); }`;
      const realm = openRealm(textScript(map, `{ named: "sum", ${adding.slice(1)}`, "let kept;"));
      failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("two words\nTwo\n")));
    }
  });

  it("cannot be kept over a record that failed", () => {
    const map = `(line, emit) => { if (kept === undefined) { kept = line; throw 1; } emit("k", kept); }`;
    for (const badRecords of [0, 1]) {
      const limits = { keyBytes: 10, valueBytes: 10, outputBytes: 99, badRecords };
      const realm = openRealm(textScript(map, undefined, "let kept;"), { limits });
      if (badRecords === 0) failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("Two\n")));
      else realm.mapChunk(utf8("Two\n"));
      realm.renew({ format: { kind: "lines" }, limits: { ...limits, badRecords: 0 } });
      failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("Two\n")));
    }
  });

  const changes: Readonly<Record<string, string>> = {
    "built-in methods": `for (const { prototype } of [Array, String, Number, RegExp, Map, Function, DataView, Uint8Array, Int32Array, getPrototypeOf(Uint8Array)])
      for (const name of names(prototype)) try { if (typeof prototype[name] === "function" && name !== "constructor") prototype[name] = () => hit(name); } catch {}`,
    "globals and their functions": `for (const owner of [Math, Reflect, Number, String, Object, Array, Symbol, Uint8Array]) for (const name of names(owner)) try { if (typeof owner[name] === "function") owner[name] = () => hit(name); } catch {}
      for (const name of ["Uint8Array", "Number", "TypeError", "RangeError", "String", "RegExp"]) globalThis[name] = function () { hit(name); };`,
    "setters and getters of every name of a view and its page": `
      for (const name of "bytes start end hash page room seed multiplier lowered added rest close kind isLower value exports buffer memory forget tell reserve fields words keep misses tallied next done value index input groups length from to scan found taken source at each phase emit cells view getInt32 value get set 0 1".split(" "))
        try { define(Object.prototype, name, { __proto__: null, set() { hit(name); }, get() { hit(name); }, configurable: true }); } catch {}`,
    "the getters of typed arrays and regular expressions": `
      for (const owner of [getPrototypeOf(Uint8Array.prototype), RegExp.prototype]) for (const name of ["length", "buffer", "byteOffset", "flags", "global", "unicode", "exec", "lastIndex"])
        try { define(owner, name, { get() { hit(name); }, configurable: true }); } catch {}`,
  };
  for (const [name, change] of Object.entries(changes)) {
    it(`never ask a program, whatever it changed: ${name}`, () => {
      const before = `let hits = ""; const hit = (name) => { hits += name + " "; return 1; }; const { getOwnPropertyNames: names, getPrototypeOf, defineProperty: define } = Object; ${change}`;
      const map = `(line, emit) => {
        const words = line.words();
        for (let step = words.next(); !step.done; step = words.next()) emit(step.value, 1);
        const pair = line.cut(";"); emit(line, 1); emit([pair[0], pair[1].trim().number()], 1); emit(line.slice(line.indexOf("é")), 1);
        emit(line.toString() + line.startsWith(pair[0]) + line.equals("x"), 1);
      }`;
      const sum = adding.replace("finish: (a) => a", "finish: (a) => [a, hits]");
      const rows = runRealm(textScript(map, sum, before), "Ab é;1.5\nab;1e23\n");
      expect(rows).to.deep.equal([
        ['["Ab é",1.5]', '[1,""]'],
        ['["ab",1e+23]', '[1,""]'],
        ['"3"', '[1,""]'],
        ['"Ab é;1.5"', '[1,""]'],
        ['"Ab é;1.5truefalse"', '[1,""]'],
        ['"ab"', '[2,""]'],
        ['"ab;1e23"', '[1,""]'],
        ['"ab;1e23truefalse"', '[1,""]'],
        ['"e"', '[1,""]'],
        ['"é"', '[1,""]'],
        ['"é;1.5"', '[1,""]'],
      ]);
    });
  }

  for (const [name, change] of Object.entries(changes)) {
    it(`never ask a program either where many are emitted at once, whatever it changed: ${name}`, () => {
      const before = `let hits = ""; const hit = (name) => { hits += name + " "; return 1; }; const { getOwnPropertyNames: names, getPrototypeOf, defineProperty: define } = Object; ${change}`;
      const map = `(line, emit) => { emit.each(line.words(), 1); emit.each(line.fields(), 2); }`;
      const sum = `{ named: "sum", ${adding.slice(1).replace("finish: (a) => a", "finish: (a) => [a, hits]")}`;
      expect(runRealm(textScript(map, sum, before), "Ab é\nab \n")).to.deep.equal([
        ['"Ab"', '[2,""]'],
        ['"ab"', '[4,""]'],
        ['"é"', '[3,""]'],
      ]);
    });
  }

  it("are emitted at once while their record is mapped, and never after it", () => {
    for (const tokens of ["words", "fields"]) {
      const map = `(line, emit) => { kept.push(line.${tokens}()); emit.each(kept[0], 1); }`;
      const program = textScript(map, `{ named: "sum", ${adding.slice(1)}`, "const kept = [];");
      expect(runRealm(program, "a b\n")).to.have.lengthOf(2);
      const realm = openRealm(program);
      failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("a b\nsecret\n")));
    }
  });

  it("show nothing of a chunk that lies where theirs lay, when that memory grew", () => {
    const before = `${tools} let kept;`;
    const map = `(line, emit) => { kept ??= [line, line.words(), line.fields()];
      if (!line.equals("One two")) for (const use of [() => kept[0].toString(), () => kept[1].next(), () => kept[2].next()]) emit("use", attempt(use)); emit.each(line.words(), 1); }`;
    const realm = openRealm(textScript(map, "(key, values) => [...new Set(values)]", before));
    for (const chunk of ["One two\n", `Secret\n${"more ".repeat(100_000)}\n`]) realm.mapChunk(utf8(chunk));
    const rows: Row[] = [];
    realm.finish((_kind, key, _values, _owners, result) => rows.push([key, result]));
    expect(rows.filter(([key]) => key === "use")).to.deep.equal([["use", '["TypeError"]']]);
  });

  it("are counted for their own task, in a realm that is kept for the next", () => {
    const map = "(line, emit) => emit.each(line.words(), 1)";
    const options = { format: { kind: "lines" }, limits } as const;
    const realm = openRealm(textScript(map, `{ named: "sum", ${adding.slice(1)}`));
    realm.mapChunk(utf8("secret one\n"));
    for (const wanted of ["one secret", "one"]) {
      realm.renew(options);
      realm.mapChunk(utf8(`${wanted}\n`));
      const keys: string[] = [];
      realm.drain((_kind, key, values) => keys.push(`${key} ${values}`));
      expect(keys).to.deep.equal(wanted.split(" ").map((key) => `${key} 1`));
    }
  });

  it("are emitted at once for no forged words", () => {
    const forgeries = [
      "Object.create(line.words())",
      "new Proxy(line.words(), {})",
      "{ __proto__: Object.getPrototypeOf(line.words()) }",
      "line",
    ];
    for (const forged of forgeries) {
      const map = `(line, emit) => { try { emit.each(${forged}, 1); } catch (error) { emit(error.name, 1); } }`;
      expect(runRealm(textScript(map, `{ named: "sum", ${adding.slice(1)}`), "a b\n")).to.deep.equal([
        ['"TypeError"', "1"],
      ]);
    }
  });

  it("do not change how many records there were, nor which", () => {
    const before = "const log = [];";
    const map = `(line, emit) => {
      const prototype = Object.getPrototypeOf(line);
      for (const name of Object.getOwnPropertyNames(prototype)) try { prototype[name] = () => 7; } catch {}
      try { Object.defineProperty(prototype, "length", { value: 0 }); } catch {}
      try { Object.setPrototypeOf(line, null); } catch {}
      try { Object.freeze(line); } catch {}
      emit(line, 1);
    }`;
    const program = textScript(map, adding, before);
    const realm = openRealm(program);
    expect(realm.mapChunk(utf8("a\r\nb\n\nb"))).to.equal(4);
    expect(runRealm(program, "a\r\nb\n\nb")).to.deep.equal([
      ['""', "1"],
      ['"a"', "1"],
      ['"b"', "2"],
    ]);
  });

  it("are read only where the input's records are lines of UTF-8", () => {
    const program = textScript("(line, emit) => emit(line, 1)", adding);
    for (const kind of ["json", "bytes"] as const) {
      const error = failureOf("DATA_FORMAT", () => openRealm(program, { format: { kind } }).mapChunk(utf8('"a"\n')));
      expect(error.message).to.include(`the input's are ${kind}: read it with lines()`);
    }
    failureOf("DATA_FORMAT", () =>
      openRealm(program, { format: { kind: "csv", columns: ["a"] } }).mapChunk(utf8('["a"]\n')),
    );
    for (const bytes of [[0xc3], [0xc3, 0x0a, 0xa9], [0xed, 0xa0, 0x80], [0xff], [0x80]]) {
      failureOf("DATA_ENCODING", () => openRealm(program).mapChunk(Uint8Array.from(bytes)));
    }
  });

  it("are asked for in words that are known, or the program is none", () => {
    const wrong = textScript("(line, emit) => emit(1, 1)").replace('"text"', '"views"');
    failureOf("PROGRAM_EXPORT", () => openRealm(wrong));
    const parts = `{ get records() { return "text"; }, map: (line, emit) => emit(typeof line, 1), reduce: ${adding} }`;
    const getter = canonicalProgram(
      `"use strict"; globalThis.sealfoldProgram = { sealfold: "program/1", url: "", definition: ${parts} };`,
    );
    expect(runRealm(getter, "a\n")).to.deep.equal([['"string"', "1"]]);
  });
});

describe("claims/confinement: keys that are views, and keys that are strings", () => {
  it("are one where their characters are, however they were made", () => {
    const map = `(line, emit) => {
      emit(line, 1); emit(line.toString(), 1); emit(String(line).split("").join(""), 1);
      emit([line, 1], 1); emit([String(line), 1], 1);
      for (const part of [...line.words(), ...line.fields(), ...line.split(";"), ...line.cut(";"), line.trim()]) { emit(part, 1); emit(String(part), 1); }
    }`;
    const lines = ["a", "A", "é", "É;a", "", " a ", "ΑΣ", "1", "true", "İ", "😀"];
    const strings = map.replaceAll(/emit\((line|part), 1\)/g, "emit(String($1), 1)");
    const text = `${lines.join("\n")}\n`.repeat(3);
    const expected = runRealm(textScript(strings, adding), text);
    expect(expected.length).to.be.greaterThan(20);
    expect(runRealm(textScript(map, adding), text)).to.deep.equal(expected);
  });

  it("are bound by the same limits", () => {
    const map = "(line, emit) => emit(line, 1)";
    const limits = { keyBytes: 4 };
    expect(runRealm(textScript(map, adding), "éé\n", { limits })).to.deep.equal([['"éé"', "1"]]);
    failureOf("LIMIT_KEY", () => runRealm(textScript(map, adding), "ééa\n", { limits }));
    failureOf("LIMIT_OUTPUT", () => runRealm(textScript(map, adding), "aaaa\nbbbb\n", { limits: { outputBytes: 6 } }));
    failureOf("LIMIT_VALUE", () =>
      runRealm(textScript("(l, emit) => emit(1, l)"), "aaaa\n", { limits: { valueBytes: 5 } }),
    );
  });
});
