/** Everything that is handed over and calls back: proxies, getters, iterators, species, thenables, toJSON, coercions. */

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { canonicalProgram as canonical } from "../../../lib/program/canonical-program.ts";
import { emitted, failureOf, listing, openRealm, runRealm, script } from "../../sandbox/realm/_realms.ts";
import { keepHostUntouched, tools } from "./_attempts.ts";

/** A proxy of `target` that notes every foreign object that one of its traps is called with. */
const spying = (target: string): string =>
  `new Proxy(${target}, new Proxy({}, { get(_, trap) { return (...all) => {
     if (all.some(foreign)) log.push(trap); return Reflect[trap](...all); }; } }))`;

describe("claims/confinement: what is handed over calls back only into its own realm", () => {
  keepHostUntouched();

  const values: Readonly<Record<string, readonly [value: string, text: string]>> = {
    "a proxy of an object": [spying("{ a: 1 }"), '{"a":1}'],
    "a proxy of an array": [spying("[1, 2]"), "[1,2]"],
    "a proxy of a proxy": [spying(spying("{}")), "{}"],
    "a getter": ["{ get a() { return foreign(this) ? 'FOREIGN' : 1; } }", '{"a":1}'],
    "a getter of an array": ["Object.defineProperty([0], 0, { get() { return foreign(this) ? 2 : 1; } })", "[1]"],
    "a property called toJSON": ["{ toJSON: 'a' }", '{"toJSON":"a"}'],
    "a property called then": ["{ then: 1 }", '{"then":1}'],
    "a property called constructor": ["{ constructor: { name: 'a' } }", '{"constructor":{"name":"a"}}'],
    "an own __proto__": ['JSON.parse(\'{"__proto__":{"a":1}}\')', '{"__proto__":{"a":1}}'],
    "an array with a species": [
      "Object.assign([1], { constructor: { [Symbol.species]: function () { log.push('species'); return []; } } })",
      "[1]",
    ],
    "an array with an iterator": ["Object.assign([1], { [Symbol.iterator]() { log.push('iterator'); } })", "[1]"],
    "a subclass of Array": ["new (class extends Array { get length() { return 1; } })()", "[]"],
    "hidden symbols": ["{ [Symbol.toPrimitive]() { log.push('primitive'); }, a: 1 }", '{"a":1}'],
    "a replaced inspection": ["{ [Symbol.for('nodejs.util.inspect.custom')]() { log.push('inspect'); } }", "{}"],
  };
  for (const [name, [value, text]] of Object.entries(values)) {
    it(`as a value: ${name}`, () => {
      const map = `(line, emit) => { if (line === "a") emit("k", ${value}); else emit("log", log.join()); }`;
      const rows = runRealm(script(map, listing, tools), "a\nb\n");
      expect(rows).to.deep.equal([
        ['"k"', `[${text}]`],
        ['"log"', '[""]'],
      ]);
    });
  }

  for (const [name, key] of Object.entries({
    "an object that coerces": "{ toString: () => 'k', [Symbol.toPrimitive]: () => 'k' }",
    "a proxy of a string": "new Proxy(new String('k'), {})",
    "a function": "() => 'k'",
    "a string object": "Object('k')",
    "a nested array": "[['k']]",
    "an array with a hole": "[, 'k']",
    "a cyclic array": "(() => { const a = []; a[0] = a; return a; })()",
    "an array of objects that coerce": "[{ toString: () => 'k' }]",
    "half of a pair": "'\\udbff'",
    "a big integer": "2n ** 64n",
  })) {
    it(`as a key: ${name} is refused`, () => {
      failureOf("PROGRAM_VALUE", () => emitted(`(line, emit) => emit(${key}, 1)`, "x\n", tools));
    });
  }

  it("as a key: an array whose length lies is read as it says, once", () => {
    const array =
      "new Proxy(['a', 'b'], { get(target, name) { if (name === 'length') log.push(name); return target[name]; } })";
    const rows = runRealm(script(`(line, emit) => emit(${array}, 1)`, listing, tools), "x\n");
    expect(rows).to.deep.equal([['["a","b"]', "[1]"]]);
    const endless = "new Proxy([], { get: (target, name) => (name === 'length' ? Infinity : 'a'.repeat(1000)) })";
    const code = "try { emit(" + endless + ", 1); } catch (error) { throw { name: kind(error), message: '' }; }";
    expect(() => openRealm(script(`(line, emit) => { ${code} }`, listing, tools)).mapChunk(utf8("x\n"))).to.throw();
  });

  it("a value that changes while it is read is whole, or refused", () => {
    const value = "{ get a() { delete this.b; this.c = 1; return 1; }, get b() { return 2; } }";
    failureOf("PROGRAM_VALUE", () => emitted(`(line, emit) => emit("k", ${value})`));
    const grown = "{ get a() { this.c = 1; return 1; } }";
    expect(emitted(`(line, emit) => emit("k", ${grown})`)).to.deep.equal([{ a: 1 }]);
  });

  for (const [name, map] of Object.entries({
    "an iterator that emits by itself":
      "(line, emit) => ({ next() { emit('k', 1); return { done: true }; }, [Symbol.iterator]() { return this; } })",
    "an iterator whose results are proxies": `(line) => ({ n: 0, next() { return ${spying("{ done: this.n++ > 0, value: ['k', 1] }")}; }, [Symbol.iterator]() { return this; } })`,
    "an iterator with getters":
      "(line) => ({ n: 0, next() { const n = this.n++; return { get done() { return n > 0; }, get value() { return ['k', 1]; } }; }, [Symbol.iterator]() { return this; } })",
    "a generator that delegates": "function* (line) { yield* [['k', 1]]; }",
    "a generator that catches its own return": "function* (line) { try { yield ['k', 1]; } finally { log.push(1); } }",
  })) {
    it(`as what map returns: ${name}`, () => {
      expect(emitted(map, "x\n", tools)).to.deep.equal([1]);
    });
  }

  for (const [name, map] of Object.entries({
    "a thenable": "() => ({ then(resolve) { resolve(1); } })",
    "a thenable made of a proxy": "() => new Proxy({}, { get: () => () => 1 })",
    "an iterator of no iterable": "() => ({ next() { return { done: false, value: ['k', 1] }; } })",
    "pairs that are too long": "function* () { yield ['k', 1, 2]; }",
    "pairs that are no arrays": "function* () { yield { 0: 'k', 1: 1, length: 2 }; }",
  })) {
    it(`as what map returns: ${name} is refused`, () => {
      failureOf("PROGRAM_VALUE", () => emitted(map, "x\n", tools));
    });
  }

  it("a getter that throws, or a next that does, is the program's failure", () => {
    for (const map of [
      "() => ({ get then() { throw 1; } })",
      "() => ({ get next() { throw 1; } })",
      "() => ({ next() { throw 1; }, [Symbol.iterator]: () => 1 })",
      "() => ({ next: () => ({ get done() { throw 1; } }), [Symbol.iterator]: () => 1 })",
      "() => ({ next: () => null, [Symbol.iterator]: () => 1 })",
    ]) {
      failureOf("PROGRAM_THREW", () => emitted(map, "x\n", tools));
    }
  });

  it("states and results of hostile aggregates are data or refused", () => {
    const aggregate = (state: string, finish: string): string =>
      `{ zero: () => (${state}), add: (a) => a, merge: (a) => a, finish: () => (${finish}) }`;
    for (const [state, finish] of [
      ["{ toJSON: () => 1 }", "1"],
      ["() => 1", "1"],
      ["new Map()", "1"],
      ["0", "new Proxy(() => 1, {})"],
      ["0", "{ then() {} }"],
      ["0", "Object.create({ a: 1 })"],
    ] as const) {
      failureOf("PROGRAM_VALUE", () => runRealm(script("(l, e) => e(l, 1)", aggregate(state, finish)), "x\n"));
    }
  });
});

describe("claims/confinement: what leaves as the script's program", () => {
  keepHostUntouched();
  for (const left of [
    "new Proxy({}, { get: () => new Proxy({}, {}) })",
    "{ sealfold: 'program/1', get definition() { throw 1; } }",
    "{ sealfold: { toString: () => 'program/1' }, definition: { map() {}, reduce() {} } }",
    "Proxy.revocable({}, {}).revoke",
    "function () {}",
  ]) {
    it(`is looked at inside: ${left}`, () => {
      const text = script("() => 1").replace(
        /globalThis\.sealfoldProgram = [^]*$/,
        `globalThis.sealfoldProgram = ${left};`,
      );
      failureOf("PROGRAM_EXPORT", () => openRealm(canonical(text)));
    });
  }

  it("is not asked for through a getter of the global, or what it inherits", () => {
    const good = `{ sealfold: "program/1", definition: { map() {}, reduce() {} } }`;
    for (const left of [
      `Object.defineProperty(globalThis, "sealfoldProgram", { get: () => (${good}) })`,
      `Object.prototype.sealfoldProgram = ${good}`,
    ]) {
      failureOf("PROGRAM_EXPORT", () => openRealm(canonical(`"use strict"; ${left};`)));
    }
    expect(openRealm(canonical(`"use strict"; globalThis.sealfoldProgram = ${good};`)).records).to.equal(0);
  });
});
