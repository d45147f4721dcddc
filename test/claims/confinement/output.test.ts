/** Abuse of what a program may do: emit. Hostile keys, emitting when it is not its turn, and emitting without end. */

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { adding, emitted, failureOf, listing, openRealm, runRealm, script } from "../../sandbox/realm/_realms.ts";
import { keepHostUntouched } from "./_attempts.ts";

const emitting = "(line, emit) => { kept ??= emit; if (line !== 'off') emit(line, 1); ";

describe("claims/confinement: emitting when it is not the record's turn", () => {
  keepHostUntouched();
  const late: Readonly<Record<string, string>> = {
    "in zero": adding.replace("zero: () => 0", "zero: () => { if (kept) use(); return 0; }"),
    "in add": adding.replace("add: (a, b) => a + b", "add: (a, b) => { use(); return a + b; }"),
    "in merge": adding.replace("merge: (a, b) => a + b", "merge: (a, b) => { use(); return a + b; }"),
    "in finish": adding.replace("finish: (a) => a", "finish: (a) => { use(); return a; }"),
    "in reduce": "(key, values) => { use(); return values.length; }",
  };
  for (const [name, reduce] of Object.entries(late)) {
    it(`${name} is refused`, () => {
      const before = "let kept, caught = 0; const use = () => { try { kept('late', 1); } catch { caught++; } };";
      const text = script(`${emitting} }`, reduce, before);
      const realm = openRealm(text);
      let keys: string[] = [];
      try {
        realm.mapChunk(utf8("a\n"));
        realm.merge(0, "a", 1, reduce === late["in reduce"] ? "[1]" : "1", "b");
        realm.finish((_kind, key) => keys.push(key));
      } catch (error) {
        expect(error).to.have.property("code", "PROGRAM_THREW");
        keys = [];
      }
      expect(keys).to.not.include("late");
    });
  }

  it("while a record is made is refused", () => {
    const before = `let kept, caught = 0;
      Object.defineProperty(Object.prototype, "a", { set() { try { kept?.("late", 1); } catch { caught++; } } });`;
    const map = "(row, emit) => { kept = emit; emit('k', caught); }";
    const rows = runRealm(script(map, listing, before), '["1"]\n["2"]\n', { format: { kind: "csv", columns: ["a"] } });
    expect(rows).to.deep.equal([['"k"', "[0,1]"]]);
  });

  it("inside another emit is refused, whatever it is hidden in", () => {
    for (const value of [
      "{ get a() { emit('in', 1); return 1; } }",
      "new Proxy({}, { ownKeys() { emit('in', 1); return []; } })",
      "new Proxy([], { get(a, name) { emit('in', 1); return a[name]; } })",
      "new Proxy({}, { getPrototypeOf() { emit('in', 1); return Object.prototype; } })",
    ]) {
      failureOf("PROGRAM_THREW", () => emitted(`(line, emit) => emit("k", ${value})`));
    }
    const key = "new Proxy(['a'], { get(a, name) { emit('in', 1); return a[name]; } })";
    failureOf("PROGRAM_THREW", () => emitted(`(line, emit) => emit(${key}, 1)`));
  });

  it("and swallowing the refusal does not help", () => {
    failureOf("PROGRAM_THREW", () =>
      emitted("(l, emit) => { try { emit('k', { get a() { emit('in', 1); } }); } catch { } emit('k', 1); }"),
    );
  });
});

describe("claims/confinement: keys that are somebody else's names", () => {
  keepHostUntouched();
  const keys = [
    "__proto__",
    "constructor",
    "prototype",
    "hasOwnProperty",
    "toString",
    "then",
    "length",
    "0",
    "",
    " ",
    "\u0000",
    "\ufeff",
    "\u2028",
    "é",
    "e\u0301",
    "😀",
    "../../etc/passwd",
    '","',
    "\\u0000",
    "null",
    "true",
    "1",
    "[1]",
  ];
  it("are keys like any other, and no two are one", () => {
    const rows = runRealm(
      script("(line, emit) => emit(JSON.parse(line), 1)", adding),
      [...keys, ...keys].map((key) => `${JSON.stringify(key)}\n`).join(""),
    );
    expect(new Map(rows.map(([key, count]) => [JSON.parse(key), count]))).to.deep.equal(
      new Map(keys.map((key) => [key, "2"])),
    );
  });

  it("of another type are other keys", () => {
    const rows = runRealm(
      script(
        "(line, emit) => { for (const key of [1, '1', [1], ['1'], '[1]', true, 'true', -0, 0]) emit(key, 1); }",
        adding,
      ),
      "x\n",
    );
    expect(rows.map(([key, count]) => `${key}=${count}`)).to.have.members([
      "1=1",
      '"1"=1',
      "[1]=1",
      '["1"]=1',
      '"[1]"=1',
      "true=1",
      '"true"=1',
      "0=2",
    ]);
  });
});

describe("claims/confinement: emitting without end", () => {
  keepHostUntouched();
  const small = { outputBytes: 100_000, keyBytes: 1000, valueBytes: 1000 };
  const endless: Readonly<Record<string, readonly [map: string, reduce: string]>> = {
    "new keys": ["(l, emit) => { for (let i = 0; ; i++) emit('key' + i, 1); }", adding],
    "new number keys": ["(l, emit) => { for (let i = 0; ; i++) emit(i, 1); }", adding],
    "new keys of arrays": ["(l, emit) => { for (let i = 0; ; i++) emit([l, i], 1); }", adding],
    "values under one key": ["(l, emit) => { for (;;) emit('k', 'value'); }", listing],
    "values under many keys": ["(l, emit) => { for (let i = 0; ; i++) emit('k' + (i % 9), [i]); }", listing],
    "pairs out of a generator": ["function* (l) { for (let i = 0; ; i++) yield ['k' + i, 1]; }", adding],
  };
  for (const [name, [map, reduce]] of Object.entries(endless)) {
    for (const badRecords of [0, 1]) {
      it(`${name} ends within the record${badRecords === 0 ? "" : ", also where it may be bad"}`, () => {
        const realm = openRealm(script(map, reduce), { limits: { ...small, badRecords } });
        failureOf("LIMIT_OUTPUT", () => realm.mapChunk(utf8("a\nb\n")));
      });
    }
  }

  it("and swallowing the refusal does not help", () => {
    const map = "(l, emit) => { for (let i = 0; i < 1e5; i++) try { emit('key' + i, 1); } catch { return; } }";
    failureOf("LIMIT_OUTPUT", () => openRealm(script(map, adding), { limits: small }).mapChunk(utf8("a\n")));
  });

  it("a million pairs under few keys are no abuse", () => {
    const map = "(l, emit) => { for (let i = 0; i < 1e6; i++) emit(i % 10, 1); }";
    expect(runRealm(script(map, adding), "a\n", { limits: small })).to.have.lengthOf(10);
  });

  it("states and results that grow past what may be put out end the task", () => {
    const growing = "{ zero: () => '', add: (a) => a + 'x'.repeat(1e5), merge: (a) => a, finish: (a) => a }";
    failureOf("LIMIT_OUTPUT", () =>
      runRealm(script("(l, emit) => emit('k', 1)", growing), "a\nb\n", { limits: small }),
    );
  });
});
