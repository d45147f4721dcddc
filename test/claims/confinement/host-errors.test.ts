/** Errors, their stacks, and full stacks: whose objects they are, and who looks at what a program throws. */

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { adding, failureOf, listing, openRealm, script } from "../../sandbox/realm/_realms.ts";
import { answerOf, type Attempt, describeAttempts, keepHostUntouched, tools } from "./_attempts.ts";

/** Source that makes V8 or the engine throw. */
const causes: readonly string[] = [
  "emit({}, 1)",
  "emit()",
  "emit('k', Symbol())",
  "emit('k'.repeat(1e6), 1)",
  "emit('k', 'v'.repeat(1e6))",
  "null.x",
  "undeclared",
  "new Array(-1)",
  "'a'.repeat(2 ** 30)",
  "JSON.parse('{')",
  "new RegExp('(')",
  "1n + 1",
  "new ArrayBuffer(2 ** 53)",
  "new Proxy({}, { get: 1 }).a",
  "Reflect.construct(1)",
  "Object.freeze(new Uint8Array(1))",
  "(() => { 'use strict'; globalThis.Error = 1; })()",
];

describeAttempts(
  "errors of V8 and of the engine are the program's own",
  causes
    .map((cause): Attempt => [
      `by ${cause}`,
      `() => { try { ${cause}; } catch (error) { return [kind(error), foreign(Object.getPrototypeOf(error)), error.stack]; } }`,
      "TypeError,false,",
    ])
    .filter(([name]) => !name.includes("emit(")),
);

describe("claims/confinement: errors that a refused emit throws", () => {
  keepHostUntouched();
  for (const cause of causes.filter((source) => source.startsWith("emit("))) {
    it(`are the program's own: ${cause}`, () => {
      const look = `(line, emit) => { try { ${cause}; } catch (error) { throw { name: kind(error), message: String(error.stack) }; } }`;
      const realm = openRealm(script(look, listing, tools));
      expect(() => realm.mapChunk(utf8("x\n"))).to.throw();
      const aside = `(line, emit) => { let seen; try { ${cause}; } catch (error) { seen = error; } log.push(kind(seen)); }`;
      const late = openRealm(
        script(`(line, emit) => { if (line === "a") (${aside})(line, emit); else emit("k", log); }`, listing, tools),
        { limits: { badRecords: 1 } },
      );
      late.mapChunk(utf8("a\nb\n"));
      late.drain((_kind, _key, _values, state) => expect(state).to.equal('[["TypeError"]]'));
    });
  }
});

describeAttempts("stacks show nothing and call nobody", [
  ["no stack", "() => new Error('a').stack", "undefined"],
  ["no stack of a thrown error", "() => { try { null.a; } catch (error) { return error.stack; } }", "undefined"],
  ["no stack in any own key", "() => Reflect.ownKeys(new Error('a'))", /^(?:stack,)?message$/],
  ["prepareStackTrace, assigned", "() => { Error.prepareStackTrace = (e, sites) => sites; }", "TypeError"],
  [
    "prepareStackTrace, defined",
    "() => Object.defineProperty(Error, 'prepareStackTrace', { value: (e, sites) => sites })",
    "TypeError",
  ],
  [
    "prepareStackTrace on a subclass",
    "() => { class A extends Error { static prepareStackTrace(e, sites) { log.push(sites); return sites; } } new A().stack; return log.length; }",
    "0",
  ],
  [
    "prepareStackTrace on Object.prototype",
    "() => { Object.prototype.prepareStackTrace = (e, sites) => { log.push(sites); return sites; }; new Error('a').stack; return log.length; }",
    "0",
  ],
  ["stackTraceLimit, assigned", "() => { Error.stackTraceLimit = 100; }", "TypeError"],
  ["stackTraceLimit, deleted", "() => delete Error.stackTraceLimit", "TypeError"],
  [
    "stackTraceLimit on other constructors",
    "() => { Object.defineProperty(TypeError, 'stackTraceLimit', { value: 9 }); return new TypeError('a').stack; }",
    "undefined",
  ],
  ["captureStackTrace", "() => Error.captureStackTrace({})", "TypeError"],
  ["another global Error", "() => { globalThis.Error = class { static stackTraceLimit = 9; }; }", "TypeError"],
  ["a global Error defined anew", "() => Object.defineProperty(globalThis, 'Error', { value: 1 })", "TypeError"],
  ["a function's caller", "function f() { return f.caller; }", "TypeError"],
  ["a function's arguments", "function f() { return f.arguments; }", "TypeError"],
  ["arguments.callee", "function () { return arguments.callee; }", "TypeError"],
]);

/** What runs where the stack has no room left. */
const deep: readonly string[] = [
  "new Error('a').stack",
  "/(a|b)*c/.exec('ab'.repeat(100))",
  "JSON.parse('[')",
  "JSON.stringify({ toJSON() { throw 1; } })",
  "[3, 1, 2].sort((a, b) => a - b)",
  "new Map([[1, 2]])",
  "`${{ toString() { return [].join(); } }}`",
  "Reflect.construct(class { constructor() { null.a; } }, [])",
  "new Proxy({}, { get() { return null.a; } }).b",
  "[...(function* () { yield 1; })()]",
  "'a'.replace(/a/, () => null.b)",
  "Symbol.for('deep')",
];

describeAttempts("errors of a full stack are the program's own", [
  [
    "as they are",
    "() => { const error = dive((error) => error); return [error.name, kind(error)]; }",
    "RangeError,TypeError",
  ],
  ...deep.map((work): Attempt => [
    `inside ${work}`,
    `() => { let worst = "own";
         const look = (error) => { if (foreign(error)) worst = attempt(() => reach(error)); };
         const go = () => { try { go(); } catch (error) { look(error); try { ${work}; } catch (other) { look(other); } } };
         go();
         return worst; }`,
    "own",
  ]),
]);

describe("claims/confinement: a full stack inside the engine", () => {
  keepHostUntouched();
  for (const value of ["1", "'a'.repeat(100)", "{ a: [1, { b: 2 }] }", "[[[[1]]]]", "{ get a() { return 1; } }"]) {
    it(`emits whole pairs or fails, and hands out no error of ours: ${value}`, () => {
      const map = `(line, emit) => {
        const look = (error) => { if (foreign(error)) throw { name: "FOREIGN", message: "" }; };
        const go = () => { try { go(); } catch (error) { look(error); try { emit("k", ${value}); } catch (other) { look(other); } } };
        go();
      }`;
      const realm = openRealm(script(map, listing, tools));
      expect(() => realm.mapChunk(utf8("x\n")))
        .to.throw()
        .with.property("code", "PROGRAM_THREW");
      expect(realm.failureText()).to.not.contain("FOREIGN");
    });
  }

  it("is the program's own failure in each of its functions", () => {
    const go = "(function go() { return 1 + go(); })()";
    for (const part of ["zero: () => 0", "add: (a, b) => a + b", "merge: (a, b) => a + b", "finish: (a) => a"]) {
      const reduce = adding.replace(part, part.replace(/=>.*/, `=> ${go}`));
      const realm = openRealm(script("(l, emit) => emit(l, 1)", reduce));
      failureOf("PROGRAM_THREW", () => {
        realm.mapChunk(utf8("x\n"));
        realm.merge(0, "x", 1, "1", "a");
        realm.finish(() => undefined);
      });
      expect(realm.failureText()).to.contain("RangeError");
    }
  });
});

describe("claims/confinement: what a program throws is not looked at out here", () => {
  keepHostUntouched();
  const hits = "let hits = 0; const hit = () => { hits++; throw 1; };";
  const hostile: readonly string[] = [
    "{ get name() { hit(); }, get message() { hit(); }, get stack() { hit(); } }",
    "{ toString: hit, toJSON: hit, [Symbol.toPrimitive]: hit, get [Symbol.toStringTag]() { hit(); } }",
    "{ [Symbol.for('nodejs.util.inspect.custom')]: hit, inspect: hit, then: hit }",
    "new Proxy({}, { get: hit, getPrototypeOf: hit, ownKeys: hit, getOwnPropertyDescriptor: hit })",
    "new Proxy(new Error('a'), { get: hit, getPrototypeOf: hit })",
    "Proxy.revocable({}, {}).proxy",
    "(() => { const { proxy, revoke } = Proxy.revocable(() => 1, {}); revoke(); return proxy; })()",
    "Object.assign(new Error('a'), { name: { toString: hit }, cause: { get a() { hit(); } } })",
    "Object.defineProperty(new Error('a'), 'stack', { get: hit })",
    "Object.defineProperty(new Error('a'), 'code', { get: hit })",
    "Object.setPrototypeOf(new Error('a'), new Proxy({}, { get: hit, getPrototypeOf: hit }))",
    "Symbol('a')",
    "null",
    "undefined",
  ];
  for (const thrown of hostile) {
    it(`in map and while loading: ${thrown}`, () => {
      const realm = openRealm(script(`() => { throw ${thrown}; }`, listing, hits));
      failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("x\n")));
      expect(realm.failureText()).to.be.a("string");
      const error = failureOf("PROGRAM_THREW", () => openRealm(script("() => 1", listing, `${hits} throw ${thrown}`)));
      expect(error.cause).to.be.a("string");
    });
  }

  it("not even for a stack, when a script throws", () => {
    // Were it asked for, the program would run with this side's frames below it.
    const trap = "{ __proto__: Error.prototype, get stack() { throw Object.assign(new Error(), { name: 'SEEN' }); } }";
    const error = failureOf("PROGRAM_THREW", () => openRealm(script("() => 1", listing, `throw ${trap}`)));
    expect(error.cause).to.equal("Error: ");
    expect(answerOf("() => 1")).to.equal("1");
  });
});
