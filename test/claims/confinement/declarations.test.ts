/** What a program declares, says of the policy and counts: taken down once, as it was, and believed only within bounds. */

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { failureOf, listing, openRealm, script } from "../../sandbox/realm/_realms.ts";
import { keepHostUntouched } from "./_attempts.ts";
import { granted, grantOfAll, openGranted } from "./_granted.ts";

describe("claims/confinement: what a program says of the policy", () => {
  keepHostUntouched();
  const narrowing = (work: string, differences = {}): readonly unknown[] => {
    const realm = openGranted(
      "(line, emit) => emit('k', 1)",
      `(key, values, tools) => { ${work}; return 1; }`,
      differences,
    );
    realm.mapChunk(utf8("x\n"));
    realm.finish(() => undefined);
    return realm.narrowings();
  };

  it("is nothing in a map, in an aggregate's add, or in a getter of a result", () => {
    for (const place of ["map", "add", "getter"]) {
      const use = "(() => { try { kept.policy.narrow({ outputs: [] }); } catch (error) { return error.name; } })()";
      const result = place === "getter" ? `{ get a() { return ${use}; } }` : "state";
      const realm = openGranted(
        `(line, emit, tools) => { globalThis.kept = tools; emit("k", ${place === "map" ? use : "1"}); }`,
        `{ zero: () => "", add: (state, value) => ${place === "add" ? use : "String(value)"}, merge: (a) => a, finish: (state, tools) => (kept = tools, ${result}) }`,
      );
      realm.mapChunk(utf8("x\n"));
      realm.finish((...row) => expect(row[4], place).to.include("TypeError"));
      expect(realm.narrowings()).to.deep.equal([]);
    }
  });

  it("is what it was when it was said, read once", () => {
    expect(
      narrowing("const a = { outputs: ['x'] }; tools.policy.narrow(a); a.outputs.length = 0; a.receivers = []"),
    ).to.deep.equal([{ outputs: ["x"] }]);
    expect(narrowing("let n = 0; tools.policy.narrow({ get outputs() { return [`${n++}`]; } })")).to.deep.equal([
      { outputs: ["0"] },
    ]);
    expect(narrowing("tools.policy.narrow({ outputs: ['x'], toJSON: undefined ?? null })")).to.deep.equal([
      { outputs: ["x"], toJSON: null },
    ]);
    expect(
      narrowing('tools.policy.narrow(JSON.parse(\'{"__proto__":{"outputs":[]}}\'))').map((one) =>
        Object.keys(one as object),
      ),
    ).to.deep.equal([["__proto__"]]);
  });

  it("ends the program where it cannot be taken down, also where the program goes on", () => {
    const cyclic = "const a = {}; a.a = a; a";
    for (const [given, code] of [
      [`(() => { ${cyclic.replace("; a", "; return a")}; })()`, "PROGRAM_VALUE"],
      ["{ outputs: Array(1e5).fill('x') }", "LIMIT_VALUE"],
      ["{ get outputs() { throw 1; } }", "PROGRAM_THREW"],
      ["new Proxy({}, { ownKeys() { throw 1; } })", "PROGRAM_THREW"],
      ["{ outputs: new Map() }", "PROGRAM_VALUE"],
    ] as const) {
      if (code === "PROGRAM_THREW") failureOf(code, () => narrowing(`tools.policy.narrow(${given})`));
      else failureOf(code, () => narrowing(`try { tools.policy.narrow(${given}); } catch {}`));
    }
  });

  it("changes no policy that is read after it", () => {
    const work = `(() => { const one = tools.policy.query(); one.title = "mine"; Object.prototype.title = "yours"; JSON.parse = () => 1;
      delete one.title; return tools.policy.query().title; })()`;
    expect(granted(work)).to.deep.equal(["a policy"]);
  });
});

describe("claims/confinement: what a program counts", () => {
  keepHostUntouched();

  it("is whole numbers of known names, and what objects say of themselves is not asked", () => {
    const odd = "NaN Infinity -1 0.1 2**53 -0.5 '1' null true 1n [] {valueOf(){return(1)}} Object(1) Symbol()".split(
      " ",
    );
    const work = `[${odd.map((by) => `() => tools.counters.add("empty", ${by})`).join()},
      ...["no", "__proto__", "constructor", 0, ["empty"], { toString: () => "empty" }].map((name) => () => tools.counters.add(name))].map(attempt).join()`;
    const realm = openGranted(`(line, emit, tools) => emit("k", ${work})`);
    realm.mapChunk(utf8("x\n"));
    realm.drain((_kind, _key, _values, state) =>
      expect(state).to.equal(
        `["${Array(odd.length + 6)
          .fill("TypeError")
          .join()}"]`,
      ),
    );
    expect(realm.counts()).to.deep.equal([0, 0]);
  });

  it("is nothing of a record that is skipped, nor of one whose bad end the program hides", () => {
    const hide = "(line, emit, tools) => { tools.counters.add('long', 5); try { emit(null, 1); } catch {} }";
    const realm = openGranted(hide, undefined, { limits: { badRecords: 2 } });
    realm.mapChunk(utf8("x\ny\n"));
    expect([realm.skipped, realm.counts()]).to.deep.equal([2, [0, 0]]);
  });
});

describe("claims/confinement: what a program needs", () => {
  keepHostUntouched();

  it("is read once, and what was not read then is not there", () => {
    const list =
      "new Proxy([0], { get: (list, name) => (name === '0' ? (globalThis.n = (globalThis.n ?? 0) + 1) > 1 ? 'crypto' : 'clock' : list[name]) })";
    for (const needs of [
      list,
      "Object.defineProperty([0], 0, { get: () => (globalThis.n = (globalThis.n ?? 0) + 1) > 1 ? 'crypto' : 'clock' })",
    ]) {
      const realm = openRealm(script("(line, emit, tools) => emit('k', Reflect.ownKeys(tools))", listing, "", needs), {
        tools: grantOfAll(),
      });
      realm.mapChunk(utf8("x\n"));
      realm.drain((...row) => expect(row[3]).to.equal('[["clock"]]'));
    }
  });

  it("is nothing that a policy's words could be mistaken for", () => {
    const before =
      "Object.prototype.tools = { policy: '{}', clock: 1, counters: ['a'] }; Object.prototype.needs = ['crypto'];";
    const text = script("function (...all) { all[1]('k', all.length); }", listing, before, "[]");
    const realm = openRealm(text);
    realm.mapChunk(utf8("x\n"));
    realm.drain((...row) => expect(row[3]).to.equal("[2]"));
  });
});
