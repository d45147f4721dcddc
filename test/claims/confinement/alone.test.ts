/**
 * Walls behind walls. A realm is taken whose first script tames nothing, or lies: what is left are the switches of the
 * realm itself, and this side's checks of what comes out. Each must hold alone.
 */

import vm from "node:vm";

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { PairWriter } from "../../../lib/data/pairs.ts";
import type { ToolsGrant } from "../../../lib/sandbox/realm/program-realm.ts";
import { Realm, type RealmProgram } from "../../../lib/sandbox/realm/realm.ts";
import { failureOf, grant, limits } from "../../sandbox/realm/_realms.ts";
import { keepHostUntouched } from "./_attempts.ts";

/** What a lying first script hands out, where it tells the truth: of one pair, or one result, of the key "k". */
const honest = `load: () => 0, describe: () => '', begin: () => {}, mapText: (text) => text.length,
  buffer: (n) => new ArrayBuffer(n), place: (n) => new ArrayBuffer(n), offset: () => 0, mapBytes: (n) => n, records: () => 0, skipped: () => 0, failureText: () => '',
  merge: () => 0, mergePairs: (n) => n, merged: () => 0, texts: () => 0, cells: () => 1, kind: () => 0, key: () => 'k', state: () => '1',
  packPairs: () => 1, packResults: () => 1, packed: () => ${bufferOf([0, 1, 107, 1, 2, 1, 49])}, packedLength: () => 7,
  payload: () => 2, keyBytes: () => ${bufferOf([107])}, keyStarts: () => new Int32Array([0, 1]).buffer,
  values: () => new Float64Array([1]).buffer, counted: () => 1, narrowings: () => '[]'`;

function bufferOf(bytes: readonly number[]): string {
  return `Uint8Array.of(${bytes.join()}).buffer`;
}

/** A realm whose first script hands out `lies`, and ran `before` with nothing taken away. */
function lyingRealm(lies: string, before = "", program = "1", tools?: ToolsGrant): Realm {
  const boot = new vm.Script(`(function (options) { ${before}; return { ${honest}, ${lies} }; })`);
  const scripts: RealmProgram = { boot, script: new vm.Script(program) };
  return Realm.open(scripts, { format: { kind: "lines" }, limits, ...(tools && { tools }) });
}

const tools = grant({ capabilities: ["counters"], counters: ["a"] });

/** What the expression `work` gives in a realm that nothing tamed. */
function untamed(work: string): string {
  const before = `let answer; try { answer = String(${work}); } catch (error) { answer = error.name; }`;
  let given = "";
  lyingRealm("state: () => answer", before).drain((_kind, _key, _values, state) => (given = state));
  return given;
}

describe("claims/confinement: a realm that nothing tamed", () => {
  keepHostUntouched();
  for (const [name, work, wanted] of [
    ["compiles no text by Function", "Function('return 1')()", "EvalError"],
    ["compiles no text by eval", "eval('1')", "EvalError"],
    ["compiles no text by a generator's constructor", "(function* () {}).constructor('1')", "EvalError"],
    [
      "compiles no text by its global's constructors",
      "globalThis.constructor.constructor('return process')()",
      "EvalError",
    ],
    ["compiles no WebAssembly", "new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))", "CompileError"],
    [
      "has nothing of Node's",
      "[typeof process, typeof require, typeof Buffer, typeof setTimeout]",
      "undefined,undefined,undefined,undefined",
    ],
    ["has a global that is its own", "globalThis instanceof Object && globalThis.constructor === Object", "true"],
  ] as const) {
    it(name, () => expect(untamed(work)).to.equal(wanted));
  }

  it("runs no promise's reaction after its turn", async () => {
    const before =
      "let ran = 0; Promise.resolve().then(function again() { ran++; Promise.resolve().then(() => ran++); });";
    const realm = lyingRealm(
      "records: () => ran",
      `${before} globalThis.later = () => Promise.resolve().then(() => ran += 100)`,
    );
    const first = realm.records;
    await new Promise((resolve) => setImmediate(resolve));
    expect(realm.records).to.equal(first);
    const flood = lyingRealm("records: () => { Promise.resolve().then(() => { for (;;); }); return 7; }");
    expect(flood.records).to.equal(7);
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("claims/confinement: what comes out is looked at, and only primitives are taken", () => {
  keepHostUntouched();
  const trap = "new Proxy(function () {}, { get() { throw 1; }, apply() { throw 1; }, getPrototypeOf() { throw 1; } })";
  const visit = {
    drain: (realm: Realm) => realm.drain(() => undefined),
    drainPacked: (realm: Realm) => realm.drainPacked(() => undefined),
    finish: (realm: Realm) => realm.finish(() => undefined),
    mergePacked: (realm: Realm) => realm.mergePacked(Uint8Array.of(0, 0, 0, 1, 0), "owner"),
  };
  const parts: Readonly<Record<keyof typeof visit, readonly string[]>> = {
    drain: ["cells", "key", "values", "state"],
    drainPacked: ["cells", "packPairs", "packedLength", "payload", "packed"],
    finish: ["cells", "values", "keyBytes", "keyStarts", "packResults", "packedLength", "payload", "packed", "buffer"],
    mergePacked: ["buffer", "mergePairs", "merged", "texts"],
  };

  it("the truth is taken", () => {
    const given: unknown[] = [];
    lyingRealm("").drain((...pair) => given.push(pair));
    lyingRealm("").finish((...result) => given.push(result));
    lyingRealm("").drainPacked((packed) => given.push([...packed]));
    const pairs = lyingRealm("merged: (n => () => n++)(0)").mergePacked(Uint8Array.of(0, 0, 0, 1, 0), "owner");
    expect([...given, pairs]).to.deep.equal([[0, "k", 1, "1"], [0, "k", 1, 1, "1"], [0, 1, 107, 1, 2, 1, 49], 1]);
  });

  for (const lie of ["{}", "() => 1", "Symbol()", "1n", "null", "undefined", "Object('a')", trap]) {
    it(`a function that gives ${lie} is a bug, and is not asked anything`, () => {
      for (const part of ["records", "skipped"] as const) {
        failureOf("BUG", () => lyingRealm(`${part}: () => (${lie})`)[part]);
      }
      for (const [way, names] of Object.entries(parts)) {
        for (const part of names) {
          failureOf("BUG", () => visit[way as keyof typeof visit](lyingRealm(`${part}: () => (${lie})`)));
        }
      }
      failureOf("BUG", () => lyingRealm(`mapText: () => (${lie})`).mapChunk(utf8("a\n")));
      failureOf("BUG", () => lyingRealm(`merge: () => (${lie})`).merge(0, "a", 1, "1"));
      failureOf("BUG", () => lyingRealm(`load: () => (${lie})`));
      for (const part of ["place", "offset"]) {
        failureOf("BUG", () => lyingRealm(`load: () => 64, ${part}: () => (${lie})`).mapChunk(utf8("a\n")));
      }
      failureOf("BUG", () => lyingRealm(`narrowings: () => (${lie})`).narrowings());
      failureOf("BUG", () => lyingRealm(`load: () => 8, counted: () => (${lie})`, "", "1", tools).counts());
      failureOf("BUG", () => lyingRealm(`describe: () => (${lie})`, "", "throw 1"));
      failureOf("BUG", () => lyingRealm(`mapText: () => -1, failureText: () => (${lie})`).mapChunk(utf8("a\n")));
    });
  }

  it("a buffer that is none, is shared, or is too short is a bug", () => {
    const short = bufferOf([1, 2, 3]);
    const forged = "Object.create(ArrayBuffer.prototype, { byteLength: { value: 8 } })";
    for (const lie of [short, forged, "new SharedArrayBuffer(64)", "new Uint8Array(64)", "[1, 2]", "'12345678'"]) {
      failureOf("BUG", () => visit.drain(lyingRealm(`values: () => ${lie}`)));
      for (const part of ["values", "keyStarts", "packed"]) {
        failureOf("BUG", () => visit.finish(lyingRealm(`${part}: () => ${lie}`)));
      }
      if (lie !== short) failureOf("BUG", () => visit.finish(lyingRealm(`keyBytes: () => ${lie}`)));
      failureOf("BUG", () => visit.drainPacked(lyingRealm(`packed: () => ${lie}`)));
      failureOf("BUG", () => lyingRealm(`load: () => 64, place: () => ${lie}`).mapChunk(utf8("a long line\n")));
    }
    for (const offset of ["1", "-1", "0.5", "NaN", "2 ** 53"]) {
      failureOf("BUG", () => lyingRealm(`load: () => 64, offset: () => ${offset}`).mapChunk(utf8("a long line\n")));
    }
  });

  it("a buffer's own properties are not looked at", () => {
    const before = "Object.defineProperty(ArrayBuffer.prototype, 'byteLength', { get() { throw 1; } })";
    lyingRealm("", before).finish((_kind, key) => expect(key).to.equal("k"));
  });

  it("what is packed is taken only if it is whole and text", () => {
    for (const bytes of [[0], [0, 1, 107, 1, 3, 1, 49], [0, 1, 0xff, 1, 2, 1, 49], [0, 1, 107, 0, 2, 1, 49]]) {
      const lies = `packed: () => ${bufferOf(bytes)}, packedLength: () => ${bytes.length}`;
      failureOf("BUG", () => visit.finish(lyingRealm(lies)));
      const writer = new PairWriter(2, new Uint8Array(16));
      failureOf("BUG", () => lyingRealm(lies).drainPacked((packed) => writer.addPacked(packed)));
    }
  });

  it("a status that there is not is a bug", () => {
    for (const answer of ["1", "0", "-99", "NaN", "0.5", "'constructor'"]) {
      failureOf("BUG", () => lyingRealm(`mapText: () => (${answer})`).mapChunk(utf8("a\n")));
    }
    for (const needs of ["128", "-99", "NaN", "0.5", "'1'"])
      failureOf("BUG", () => lyingRealm(`load: () => (${needs})`));
    for (const count of ["-1", "NaN", "0.5", "2 ** 53"]) {
      failureOf("BUG", () => lyingRealm(`load: () => 8, counted: () => (${count})`, "", "1", tools).counts());
    }
    for (const count of ["-1", "NaN", "0.5", "2 ** 53", "2 ** 31"]) {
      failureOf("BUG", () => visit.drain(lyingRealm(`cells: () => (${count})`)));
      failureOf("BUG", () => visit.finish(lyingRealm(`cells: () => (${count})`)));
      failureOf("BUG", () => visit.drainPacked(lyingRealm(`packedLength: () => (${count})`)));
    }
  });

  it("a kind of key that there is not is one of those that there are", () => {
    for (const kind of ["2", "-1", "'0'", "{ valueOf: () => 0 }"]) {
      lyingRealm(`kind: () => (${kind})`).drain((given) => expect(given).to.equal(1));
    }
  });
});
