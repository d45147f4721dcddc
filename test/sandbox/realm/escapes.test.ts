/**
 * What a hostile program tries, and does not get. The thread's own realm is as it is, not hardened: the first wall has
 * to hold alone. Each attempt is a function whose answer is emitted; a throw is answered with the error's name.
 */

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { canonicalProgram } from "../../../lib/program/canonical-program.ts";
import { SealfoldError } from "../../../lib/errors.ts";
import { adding, emitted, failureOf, openRealm, runRealm, script } from "./_realms.ts";

/** Helpers of the attacker. `foreign`: an object or function of another realm; our own arrays have no prototype. */
const tools = `
  const attempt = (work) => { try { return String(work()); } catch (error) { return foreign(error) ? "FOREIGN" : error.name; } };
  const foreign = (value) => value !== null && (typeof value === "object" || typeof value === "function")
    && !(value instanceof Object) && Object.getPrototypeOf(value) !== null;
  const reach = (value) => value.constructor.constructor("return typeof process")();
  const deep = (work) => {
    let found;
    const dive = () => { try { dive(); } catch (error) { found ??= error; work(); } };
    try { dive(); } catch (error) { found = error; }
    return found;
  };
  let log = [];`;

/** @returns what `work`, the source of a function, gave inside a map. */
function answer(work: string, more = ""): unknown {
  const [value] = emitted(`(line, emit) => emit("k", attempt(${work}))`, "x\n", `${tools}${more}`);
  return value;
}

describe("sandbox/realm: what a program does not find", () => {
  const absent =
    "Date Intl WebAssembly SharedArrayBuffer Atomics WeakRef FinalizationRegistry console eval process require module " +
    "global Buffer setTimeout setImmediate queueMicrotask fetch performance crypto structuredClone Promise URL TextDecoder " +
    "TextEncoder navigator MessageChannel Worker sealfold boot Temporal Iterator";
  for (const name of absent.split(" ")) {
    it(`no ${name}`, () => {
      expect(answer(`() => typeof ${name}`)).to.equal("undefined");
      expect(answer(`() => globalThis.${name}`)).to.equal("undefined");
    });
  }

  it("no global but the language's own, and its program", () => {
    const names = answer(
      `() => Reflect.ownKeys(globalThis).filter((name) => !/^[A-Z]\\w+|^(de|en)code|^is|^parse/.test(name))`,
    );
    expect(names).to.equal("undefined,globalThis,escape,unescape,sealfoldProgram");
  });

  it("no randomness, locale, matches of others, or stacks", () => {
    const methods = "random captureStackTrace toLocaleString localeCompare toLocaleLowerCase toLocaleUpperCase";
    for (const name of methods.split(" ")) {
      const owners = "[Math, Error, {}, [], 1, 1n, '', new Uint8Array(1)]";
      expect(answer(`() => ${owners}.some((owner) => "${name}" in Object(owner))`), name).to.equal("false");
    }
    expect(answer(`() => { /(a)/.exec("a"); return RegExp.$1 ?? RegExp["$&"] ?? RegExp.input; }`)).to.equal(
      "undefined",
    );
    expect(answer(`() => new Error("a").stack`)).to.equal("undefined");
    expect(answer(`() => { try { null.a; } catch (error) { return error.stack; } }`)).to.equal("undefined");
    expect(answer(`() => { Error.stackTraceLimit = 10; }`)).to.equal("TypeError");
    expect(answer(`() => { Error.prepareStackTrace = (_, sites) => sites[0].getThis(); }`)).to.equal("TypeError");
    expect(answer(`() => { globalThis.Error = class { static stackTraceLimit = 10; }; }`)).to.equal("TypeError");
  });

  it("the language itself, as fast as ever and with names that work", () => {
    expect(answer(`() => "Ä b".toLowerCase().match(/\\p{L}+/gu)`)).to.equal("ä,b");
    expect(answer(`() => [1, 2].map((n) => n ** 2).concat([..."ab"], new Map([[1, 2]]).size)`)).to.equal("1,4,a,b,1");
    expect(answer(`() => [(() => 1) instanceof Function, /a/ instanceof RegExp, Function.prototype.name]`)).to.equal(
      "true,true,",
    );
    expect(answer(`() => JSON.stringify({ a: [1.5, null] })`)).to.equal('{"a":[1.5,null]}');
    expect(answer(`() => Math.max(...new Set([1, 3, 2]))`)).to.equal("3");
    expect(answer(`() => { "use strict"; return (function () { return this; })(); }`)).to.equal("undefined");
  });
});

describe("sandbox/realm: how a program does not get out", () => {
  const kinds = ["() => 1", "function* () {}", "class {}", "emit", "attempt"];
  it("not by the constructors of functions", () => {
    for (const kind of kinds) {
      const source = `(line, emit) => emit("k", attempt(() => (${kind}).constructor("return 1")()))`;
      expect(emitted(source, "x\n", tools), kind).to.deep.equal(["TypeError"]);
      const lineage = source.replace(".constructor(", ".__proto__.constructor.constructor(");
      expect(emitted(lineage, "x\n", tools), kind).to.deep.equal(["TypeError"]);
    }
    expect(answer(`() => Function("return 1")()`)).to.equal("TypeError");
    expect(answer(`() => new Function("return 1")()`)).to.equal("TypeError");
    expect(answer(`() => Reflect.construct(Function, ["return 1"], Object)()`)).to.equal("TypeError");
    expect(answer(`() => new (class extends Function {})("return 1")()`)).to.equal("TypeError");
    expect(answer(`() => { Function.prototype.constructor = 1; }`)).to.equal("TypeError");
  });

  it("not by eval in any spelling", () => {
    for (const spelling of ["eval('1')", "(0, eval)('1')", "globalThis.eval('1')", "globalThis['ev' + 'al']('1')"]) {
      expect(["ReferenceError", "TypeError"], spelling).to.include(answer(`() => ${spelling}`));
    }
  });

  it("not by import in any spelling", () => {
    for (const source of [
      "import('fs')",
      "import.meta",
      "(() => import(`fs`))()",
      "async () => await import('fs')",
      "im\\u0070ort('fs')",
    ]) {
      expect(() => canonicalProgram(`"use strict"; ${source};`), source).to.throw(SealfoldError);
    }
  });

  it("not by what its functions are called with", () => {
    const seen = script(
      "function (...all) { look('map', this, all, arguments.callee_); all[1]('k', 1); }",
      `{ zero() { look('zero', this, [...arguments]); return 0; }, add(...all) { look('add', this, all); return 0; },
         merge(...all) { look('merge', this, all); return 0; }, finish(...all) { look('finish', this, all); return log; } }`,
      `${tools} const look = (name, self, all) => {
         log.push([name, typeof self, foreign(self), all.map((value) => [typeof value, foreign(value)])]);
       };`,
    );
    const realm = openRealm(seen);
    realm.mapChunk(utf8("x\n"));
    realm.merge(0, "k", 1, "0", "a");
    realm.finish((...row) =>
      expect(JSON.parse(row[4])).to.deep.equal([
        [
          "map",
          "object",
          false,
          [
            ["string", false],
            ["function", false],
          ],
        ],
        ["zero", "object", false, []],
        [
          "add",
          "object",
          false,
          [
            ["number", false],
            ["number", false],
          ],
        ],
        [
          "merge",
          "object",
          false,
          [
            ["number", false],
            ["number", false],
          ],
        ],
        ["finish", "object", false, [["number", false]]],
      ]),
    );
  });

  it("not by callers, arguments or receivers", () => {
    expect(answer(`function f() { return f.caller; }`)).to.equal("TypeError");
    expect(answer(`function () { return arguments.callee; }`)).to.equal("TypeError");
    expect(answer(`function () { return this; }`)).to.equal("undefined");
  });

  it("not by errors of the engine, of V8, or of a full stack", () => {
    for (const cause of [
      "emit({}, 1)",
      "emit()",
      "emit('k', Symbol())",
      "null.x",
      "(1).toFixed(1000)",
      "new Array(-1)",
      "'a'.repeat(-1)",
      "decodeURI('%')",
      "JSON.parse('{')",
      "new RegExp('(')",
      "1n + 1",
      "Symbol() + ''",
      "new Proxy({}, null)",
      "[].reduce(1)",
      "''.normalize('a')",
      "new ArrayBuffer(2 ** 53)",
    ]) {
      const source = `(line, emit) => { try { ${cause}; } catch (error) { throw { name: String(foreign(error)), message: attempt(() => reach(error)) }; } }`;
      const realm = openRealm(script(source, "() => 1", tools));
      failureOf(cause.startsWith("emit") ? "PROGRAM_VALUE" : "PROGRAM_THREW", () => realm.mapChunk(utf8("x\n")));
      if (!cause.startsWith("emit")) expect(realm.failureText(), cause).to.equal("false: TypeError");
    }
    expect(
      answer(
        `() => { const error = deep(() => {}); return [error.name, foreign(error), attempt(() => reach(error))]; }`,
      ),
    ).to.equal("RangeError,false,TypeError");
    const dives = [
      "emit('k', 1)",
      "emit({}, 1)",
      "[].at(-1).a",
      "new Error('a').stack",
      "/a*b/.exec('aaa')",
      "JSON.parse('[')",
      "attempt(() => Function('1'))",
    ];
    for (const dive of dives) {
      const source = `(line, emit) => { const error = deep(() => { ${dive}; }); throw { name: String(foreign(error)), message: "" }; }`;
      const realm = openRealm(script(source, "() => 1", tools));
      expect(() => realm.mapChunk(utf8("x\n")), dive).to.throw(SealfoldError);
      expect(realm.failureText(), dive).not.to.match(/^true/);
    }
  });

  it("not by setters and methods put on what all objects share", () => {
    const traps = `
      let hits = 0;
      const trap = { __proto__: null, set() { hits++; }, get() { hits++; }, configurable: true };
      const names = ["state", "values", "owners", "kind", "key", "failure", "text", "get", "zero", "add", "0", "1", "2", "then",
        "next", "done", "value", "records", "skipped", "thrown", "keyUnits", "length_", "map_", "badRecords", "keyBytes"];
      for (const name of names) Object.defineProperty(Object.prototype, name, trap);
      for (const name of ["0", "1", "2"]) Object.defineProperty(Array.prototype, name, trap);
      const owned = [[Map.prototype, "get"], [Map.prototype, "set"], [Array.prototype, "push"],
        [Array.prototype, "sort"], [Array.prototype, "join"], [String.prototype, "slice"], [String.prototype, "indexOf"],
        [String.prototype, "isWellFormed"], [Function.prototype, "call"], [Function.prototype, "apply"],
        [Function.prototype, "bind"], [Array.prototype, Symbol.iterator], [JSON, "parse"], [JSON, "stringify"],
        [Reflect, "apply"], [Object, "keys"], [Array, "isArray"], [globalThis, "Map"], [globalThis, "TypeError"],
        [Uint8Array.prototype.__proto__, "set"], [String.prototype, "charCodeAt"]];
      for (let at = 0; at < owned.length; at++) {
        const name = owned[at][1];
        const value = function (...all) { hits++; return all[0]; };
        Object.defineProperty(owned[at][0], name, { __proto__: null, value });
      }`;
    const map = "(line, emit) => { emit(line, 1); emit([line, 2], { b: [1], c: line }); emit(7, 1); }";
    const rows = runRealm(script(map, "(key, values) => [values.length, hits]", traps), "abc\nabd\n");
    expect(rows).to.deep.equal([
      ["7", "[2,0]"],
      ['["abc",2]', "[1,0]"],
      ['["abd",2]', "[1,0]"],
      ['"abc"', "[1,0]"],
      ['"abd"', "[1,0]"],
    ]);
    const sums = runRealm(
      script("(l, emit) => emit(l, 1)", adding.replace("finish: (a) => a", "finish: (a) => [a, hits]"), traps),
      "a\na\n",
    );
    expect(sums).to.deep.equal([['"a"', "[2,0]"]]);
  });

  it("not by proxies, getters and iterators that are called back", () => {
    const proxy = `new Proxy({}, new Proxy({}, { get(_, trap) { return (...all) => { if (all.some(foreign)) log.push(trap); return Reflect[trap](...all); }; } }))`;
    const map = `(line, emit) => { emit("k", ${proxy}); emit("k", [${proxy}]); emit("log", log.length); }`;
    const rows = runRealm(script(map, "(key, values) => values", tools), "x\n");
    expect(rows).to.deep.equal([
      ['"k"', "[[{}],{}]"],
      ['"log"', "[0]"],
    ]);
  });

  it("not by promises: there are none, by syntax, by name, or by what gives one", () => {
    for (const source of ["async () => 1", "() => { for await (const a of []); }"]) {
      expect(() => canonicalProgram(`"use strict"; ${source};`), source).to.throw(SealfoldError);
    }
    expect(answer("() => [typeof Promise, typeof Array.fromAsync]")).to.equal("undefined,undefined");
  });

  it("not by leaving a hostile global, getter or script value behind", () => {
    const hostile = `Object.defineProperty(globalThis, "then", { get() { throw 1; } }); ({ then(f) { f(); }, toString() { throw 1; } })`;
    expect(runRealm(script("(l, emit) => emit(l, 1)", adding, hostile), "x\n")).to.deep.equal([['"x"', "1"]]);
  });

  it("not by memory that lies about its size, or is shared", () => {
    expect(answer(`() => new ArrayBuffer(8, { maxByteLength: 16 }) instanceof Object`)).to.equal("true");
    expect(answer(`() => new Uint8Array(8).buffer.constructor.name`)).to.equal("ArrayBuffer");
  });
});
