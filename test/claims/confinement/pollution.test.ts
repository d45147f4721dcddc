/** Shared objects that a program changes, and what then becomes of the engine, of this side, and of the next task. */

import vm from "node:vm";

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { checkProgram } from "../../../lib/sandbox/realm/realm.ts";
import { adding, emitted, failureOf, listing, openRealm, runRealm, script } from "../../sandbox/realm/_realms.ts";
import { keepHostUntouched, tools } from "./_attempts.ts";

const noting = `
  let hits = "";
  const hit = (name) => { hits += name + " "; };
  const { ownKeys } = Reflect, { getOwnPropertyDescriptor: describe, defineProperty: define } = Object;`;

/** Changes what the language shares; `hit` counts who runs into it. */
const pollutions: Readonly<Record<string, string>> = {
  "setters for every name of the engine on Object.prototype": `
    for (const name of "state values owners kind key failure text get set zero add 0 1 2 then next done value records skipped thrown keyUnits map reduce merge finish limits badRecords keyBytes valueBytes outputBytes".split(" "))
      Object.defineProperty(Object.prototype, name, { __proto__: null, set() { hit(name); }, get() { hit(name); }, configurable: true });`,
  "setters for indices on Array.prototype": `
    for (const name of [0, 1, 2, 3]) Object.defineProperty(Array.prototype, name, { __proto__: null, set() { hit(name); }, get() { hit(name); } });`,
  "other methods of arrays": `
    for (const name of Object.getOwnPropertyNames(Array.prototype)) if (name !== "length" && name !== "constructor") Array.prototype[name] = () => hit(name);`,
  "other methods of strings": `
    const join = Array.prototype.join;
    for (const name of Object.getOwnPropertyNames(String.prototype)) if (name !== "length" && name !== "constructor") String.prototype[name] = () => hit(name);`,
  "other methods of maps and sets": `
    for (const { prototype } of [Map, Set, WeakMap, WeakSet]) for (const name of Object.getOwnPropertyNames(prototype)) Object.defineProperty(prototype, name, { value: () => hit(name) });`,
  "other call, apply and bind": `
    for (const name of ["call", "apply", "bind", "toString"]) Function.prototype[name] = () => hit(name);`,
  "another JSON, Reflect, Object, Number, Math": `
    for (const owner of [JSON, Reflect, Math, Number, Symbol, Array, String, Uint8Array, ArrayBuffer])
      for (const name of ownKeys(owner)) { const { configurable, value } = describe(owner, name); if (configurable && typeof value === "function") define(owner, name, { value: () => hit(name) }); }`,
  "no global left": `
    for (const name of ownKeys(globalThis)) { const { configurable } = describe(globalThis, name); if (configurable && name !== "globalThis") delete globalThis[name]; }`,
  "other iterators": `
    Array.prototype[Symbol.iterator] = () => hit("iterator");
    Object.getPrototypeOf([][Symbol.iterator] === undefined ? [] : new Map().keys()).next = () => hit("next");`,
  "toJSON and coercions on Object.prototype": `
    for (const name of ["toJSON", "toString", "valueOf", Symbol.toPrimitive, "then", "inspect"]) Object.prototype[name] = () => hit(String(name));`,
  "error constructors that are others": `
    for (const name of ["TypeError", "RangeError", "SyntaxError"]) globalThis[name] = function () { hit(name); };
    Object.defineProperty(Error.prototype, "message", { set() { hit("message"); } });`,
  "a species of arrays and buffers": `
    for (const owner of [Array, Map, Set, ArrayBuffer, Object.getPrototypeOf(Uint8Array)])
      Object.defineProperty(owner, Symbol.species, { get() { hit("species"); } });`,
  "a prototype of Object.prototype's users": `
    Object.setPrototypeOf(Array.prototype, new Proxy({}, { get: (_, name) => hit(String(name)), set: () => hit("set"), has: () => hit("has") }));`,
  "other keys of typed arrays": `
    const bytes = Object.getPrototypeOf(Uint8Array.prototype);
    for (const name of ["set", "subarray", "slice", "fill"]) bytes[name] = () => hit(name);`,
};

describe("claims/confinement: shared objects that a program changed", () => {
  keepHostUntouched();
  for (const [name, change] of Object.entries(pollutions)) {
    it(`do not reach the engine: ${name}`, () => {
      const before = `${noting}${change}`;
      const map =
        '(line, emit) => { emit(line, 1); emit([line, 2], { b: [1, "x"], c: line }); emit(7, 1); emit(true, null); }';
      const rows = runRealm(script(map, "(key, values) => [values.length, hits]", before), "abc\nabd\n");
      expect(rows).to.deep.equal([
        ["true", '[2,""]'],
        ["7", '[2,""]'],
        ['["abc",2]', '[1,""]'],
        ['["abd",2]', '[1,""]'],
        ['"abc"', '[1,""]'],
        ['"abd"', '[1,""]'],
      ]);
      const sum = adding.replace("finish: (a) => a", "finish: (a) => [a, hits]");
      const skipping = runRealm(
        script("(l, emit) => { emit(l, 1); if (l === 'b') throw 1; }", sum, before),
        "a\nb\na\n",
        {
          limits: { badRecords: 1 },
        },
      );
      expect(skipping).to.deep.equal([['"a"', '[2,""]']]);
    });

    it(`do not reach what reads records: ${name}`, () => {
      const before = `${noting}${change}`;
      const seen = "(record, emit) => emit('k', hits)";
      for (const [format, chunk] of [
        [{ kind: "json" }, utf8('{"a":[1]}\n')],
        [{ kind: "csv", columns: ["a", "__proto__", "key"] }, utf8('["1","2","3"]\n')],
        [{ kind: "bytes" }, Uint8Array.of(0, 0, 0, 1, 9)],
      ] as const) {
        // a record's own columns may bear the name of a setter; the record is the program's
        const rows = runRealm(script(seen, listing, before), chunk, { format });
        const noted = name.startsWith("setters for every") && format.kind === "csv" ? '["key "]' : '[""]';
        expect(rows, format.kind).to.deep.equal([['"k"', noted]]);
      }
    });
  }

  it("do not let a setter's error through while a record is made", () => {
    const before = `${tools} const thrown = new Proxy({}, { getPrototypeOf() { throw 1; } });
      Object.defineProperty(Object.prototype, "a", { set() { throw thrown; } });`;
    const realm = openRealm(script("() => 1", listing, before), { format: { kind: "csv", columns: ["a"] } });
    failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8('["1"]\n')));
  });

  it("do not change how this side fails", () => {
    const before = `Object.prototype.code = "BUG"; Object.prototype.stage = "x"; Object.prototype.cause = 1;`;
    const error = failureOf("PROGRAM_THREW", () => emitted("() => { throw {}; }", "x\n", before));
    expect(error.place).to.deep.equal({ stage: "map", record: 1 });
  });
});

describe("claims/confinement: what stays from one task to the next", () => {
  keepHostUntouched();
  const hiding: Readonly<Record<string, readonly [hide: string, find: string]>> = {
    "a global": ["globalThis.hidden = 1", "typeof hidden"],
    "a property of a built-in": ["Math.hidden = 1", "typeof Math.hidden"],
    "a property of a prototype": ["Object.prototype.hidden = 1", "typeof ({}).hidden"],
    "a property of emit": ["emit.hidden = 1", "typeof emit.hidden"],
    "a property of its own functions": [
      "globalThis.sealfoldProgram.definition.map.hidden = 1",
      "typeof globalThis.sealfoldProgram.definition.map.hidden",
    ],
    "a registered symbol, known by itself": [
      "log.push(Symbol.for('hidden')); globalThis.hidden = Symbol.for('hidden') === log[0]",
      "typeof hidden",
    ],
    "a template's strings": [
      "for (let i = 0; i < 2; i++) { const strings = ((a) => a)`hidden`; log.push(strings); } globalThis.hidden = log[0] === log[1]",
      "typeof hidden",
    ],
    "a matched text": ["/hidden/.exec('hidden')", "typeof RegExp.lastMatch"],
    "a regular expression's place": ["globalThis.hidden = /a/g; hidden.test('aa')", "typeof hidden"],
    "a name that was freed": [
      "delete globalThis.Map; Object.freeze(Object.prototype)",
      "typeof Map === 'function' && !Object.isFrozen(Object.prototype) ? 'undefined' : 'hidden'",
    ],
  };
  for (const [name, [hide, find]] of Object.entries(hiding)) {
    it(`not ${name}`, () => {
      const map = `(line, emit) => { if (line === "hide") { ${hide}; } else emit("k", ${find}); }`;
      const program = checkProgram(script(map, listing, tools));
      openRealm(program).mapChunk(utf8("hide\nhide\n"));
      const next = openRealm(program);
      next.mapChunk(utf8("find\n"));
      next.drain((_kind, _key, _values, state) => expect(state).to.equal('["undefined"]'));
    });
  }

  it("not a symbol of the registry that all realms of a thread share", () => {
    const map =
      "(line, emit) => emit('k', [Symbol.keyFor(Symbol.for('a')), typeof Symbol.keyFor(Symbol('a')), Symbol.for('a') === Symbol.for('a')])";
    expect(emitted(map)).to.deep.equal([["a", "undefined", true]]);
    const context = vm.createContext(vm.constants.DONT_CONTEXTIFY);
    checkProgram(script("() => 1")).boot.runInContext(context);
    for (const name of ["a", "nodejs.util.inspect.custom"]) {
      expect(vm.runInContext(`Symbol.for("${name}")`, context)).to.not.equal(Symbol.for(name));
    }
  });
});
