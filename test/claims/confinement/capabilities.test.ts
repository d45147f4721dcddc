/**
 * What a program is granted is a way in: cryptography and randomness are attacked by a program that has them. No key is
 * read, and nothing of the vault or of this process is reached.
 */

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { optionsFor } from "../../sandbox/realm/_realms.ts";
import { keepHostUntouched } from "./_attempts.ts";
import { granted, grantOfAll, openGranted, uses } from "./_granted.ts";

const bytes = "Uint8Array.from([1, 2, 3])";
const plain = (use: string): string => `((b) => String(${use}))(${bytes})`;

/**
 * Replaces every function that a realm shares by one that keeps all it is called with, and puts accessors where lists
 * and objects might get members. Answers with what tells how much of it was secret.
 */
const spies = `(() => {
  const seen = Object.create(null), { apply, ownKeys, getPrototypeOf, getOwnPropertyDescriptor, defineProperty } = Reflect;
  let count = 0;
  const note = (value) => { seen[count++] = value; };
  const spy = (original) => original && function () {
    note(this);
    for (let at = 0; at < arguments.length; at++) note(arguments[at]);
    return apply(original, this, arguments);
  };
  const roots = [Object, Function, Array, String, Number, Map, Set, WeakMap, WeakSet, Symbol, Error, TypeError, ArrayBuffer,
    DataView, Uint8Array, Uint32Array, BigInt, BigUint64Array, getPrototypeOf(Uint8Array), JSON, Math, Reflect];
  const prototypes = roots.map(({ prototype }) => prototype).filter(Boolean);
  const iterators = [[][Symbol.iterator](), new Map().keys(), ""[Symbol.iterator]()].map(getPrototypeOf);
  const changes = [];
  for (const owner of [...roots, ...prototypes, ...iterators]) for (const name of ownKeys(owner)) {
    const { value, get, set, configurable } = getOwnPropertyDescriptor(owner, name);
    if (!configurable || name === "constructor" || name === Symbol.species) continue;
    if (typeof value === "function") changes.push([owner, name, { value: spy(value) }]);
    else if (get || set) changes.push([owner, name, { get: spy(get), set: spy(set) }]);
  }
  for (const owner of [Object.prototype, Array.prototype]) {
    for (const name of ["0", "1", "31", "bytes", "key", "type", "seed", "vault", "tools", "data"]) {
      changes.push([owner, name, { get() { note(this); }, set(value) { note(this); note(value); }, configurable: true }]);
    }
  }
  for (let at = 0; at < changes.length; at++) { const change = changes[at]; defineProperty(change[0], change[1], change[2]); }
  return { count: () => count, secrets: () => {
    const until = count;
    let secrets = 0;
    for (let at = 0; at < until; at++) if (isSecret(seen[at])) secrets++;
    return secrets;
  } };
})()`;

describe("claims/confinement: a key that is used is not read", () => {
  keepHostUntouched();
  for (const [name, use] of Object.entries(uses)) {
    it(`by whoever replaces every function there is: ${name} calls none of them`, () => {
      const [wanted] = granted(plain(use));
      const realm = openGranted(`(line, emit, tools) => {
        const b = ${bytes}, spied = ${spies};
        const answer = ${use}, calls = spied.count();
        emit("k", [calls, String(answer), spied.secrets()]);
      }`);
      realm.mapChunk(utf8("x\n"));
      realm.drain((...row) => expect(JSON.parse(row[3])).to.deep.equal([[0, wanted, 0]]));
    });
  }

  it("and the spies see calls, and would see a key", () => {
    const secret = Array.from({ length: 32 }, (_, at) => 255 - at * 3).join();
    const realm = openGranted(`(line, emit) => {
      const spied = ${spies}, a = new Uint8Array([${secret}]).subarray(2);
      emit("k", [spied.count() > 0, spied.secrets() > 0]);
    }`);
    realm.mapChunk(utf8("x\n"));
    realm.drain((...row) => expect(JSON.parse(row[3])).to.deep.equal([[true, true]]));
  });

  it("in anything that a tool answers", () => {
    for (const use of Object.values(uses)) {
      expect(granted(`((b) => isSecret(${use}))(${bytes})`), use).to.deep.equal(["false"]);
    }
  });
});

/** Names every object that is reached from the tools, from what they answer and throw; and how each is made. */
const walk = `((b) => {
  const errors = [() => tools.crypto.hash("md5", b), () => tools.crypto.hmac("no", b), () => tools.random({}),
    () => tools.counters.add("no"), () => tools.policy.narrow({}), () => tools.crypto.hash("sha256", {})].map((work) => {
      try { return work(); } catch (error) { return error; }
    });
  const answers = [${Object.values(uses).join()}];
  const seen = new Set(), odd = [];
  const waiting = [["tools", tools], ...errors.map((e, i) => ["error" + i, e]), ...answers.map((a, i) => ["answer" + i, a])];
  const add = (name, value) => {
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) return;
    seen.add(value);
    waiting.push([name, value]);
    if (foreign(value)) odd.push("foreign " + name);
    if (Object.getPrototypeOf(value) === null && !/^tools(?:\\.(?:crypto|counters|policy))?$|__proto__/.test(name)) odd.push("bare " + name);
  };
  for (const [name, value] of waiting.splice(0)) add(name, value);
  const count = () => seen.size;
  for (const [name, value] of waiting) {
    for (const key of Reflect.ownKeys(value)) {
      const { value: held, get, set } = Object.getOwnPropertyDescriptor(value, key);
      for (const part of [held, get, set]) add(name + "." + String(key), part);
    }
    add(name + ".__proto__", Object.getPrototypeOf(value));
  }
  return JSON.stringify([odd, count(), Object.isFrozen(tools) && Object.values(tools).every(Object.isFrozen)]);
})(${bytes})`;

describe("claims/confinement: what is reached from the tools", () => {
  keepHostUntouched();

  it("is of the program's own realm, to a fixed point, and cannot be changed", () => {
    const [odd, count, isFrozen] = JSON.parse(granted(walk)[0] as string) as [string[], number, boolean];
    expect(odd).to.deep.equal([]);
    expect(count).to.be.within(100, 1200);
    expect(isFrozen).to.equal(true);
  });

  const names = "crypto.hash crypto.open random clock counters.add policy.query policy.narrow".split(" ");
  for (const name of names) {
    it(`does not lead out through ${name}`, () => {
      const work = `[() => tools.${name}.constructor("return typeof process")(),
        () => Reflect.construct(tools.${name}, []), () => new tools.${name}(), () => tools.${name}.caller.name,
        () => tools.${name}.arguments, () => (tools.${name} = 1), () => (tools.${name}.mine = 1),
        () => Reflect.set(tools, "mine", 1)].map(attempt).join()`;
      expect(granted(work)).to.deep.equal([`${"TypeError,".repeat(7)}false`]);
    });
  }

  for (const [name, use] of Object.entries(uses)) {
    it(`is no foreign error when the stack is full in ${name}, and the answer is right or none`, () => {
      const [wanted] = granted(plain(use.replace("'long', 3", "'long', 0")));
      // What fails for want of room fails its record, whatever the program makes of it: the next one tells.
      const work = `((b) => {
        if (line === "tell") return seen.map((value) => (typeof value === "string" ? value : foreign(value) ? "FOREIGN" : "thrown")).join("|");
        globalThis.seen = [];
        const work = () => { try { seen.push(String(${use})); } catch (error) { seen.push(error); } };
        // Compiled before, for that needs room too; then at every step back from where the stack is full.
        work();
        seen.length = 0;
        let last = 0;
        (function down(n) { try { last = n; down(n + 1); } catch { } if (last - n < 200) work(); })(0);
        return "dived";
      })(${bytes})`;
      const answers = granted(work.replace("'long', 3", "'long', 0"), "dive\ntell\n", { limits: { badRecords: 1 } });
      const answer = answers.at(-1) as string;
      const drawn = /generateKey|seal\(|random/.test(use) && name !== "open";
      const known = new Set([wanted, "thrown"]);
      const others = answer.split("|").filter((given) => !known.has(given) && (!drawn || given === "FOREIGN"));
      expect(others).to.deep.equal([]);
      if (/crypto|random/.test(use)) expect(answer).to.include("thrown");
    });
  }
});

describe("claims/confinement: what the tools are given", () => {
  keepHostUntouched();
  for (const [name, given] of [
    ["a proxy of bytes", "new Proxy(new Uint8Array(4), { get: () => { throw 1; } })"],
    ["an object with a length", "{ length: 4, 0: 1, get 1() { throw 1; } }"],
    ["an array with getters", "Object.defineProperty([1, 2], 0, { get() { throw 1; } })"],
    ["an object that turns into text", "{ toString: () => 'a', valueOf: () => 'a', [Symbol.toPrimitive]: () => 'a' }"],
    ["a String object", "Object('a')"],
    ["what says that it is a Uint8Array", "{ get [Symbol.toStringTag]() { return 'Uint8Array'; }, length: 2 }"],
    ["what inherits from bytes", "Object.create(new Uint8Array(4))"],
    ["bytes of another width", "new Uint16Array(4)"],
    ["a view", "new DataView(new ArrayBuffer(4))"],
    ["a buffer", "new ArrayBuffer(4)"],
    ["a symbol", "Symbol('a')"],
    ["half of a pair", "'\\ud800'"],
    ["nothing", "undefined"],
  ] as const) {
    it(`is refused by name, and not asked anything: ${name}`, () => {
      const calls = [
        "crypto.hash('sha256', g)",
        "crypto.importKey('hmac-sha256', g)",
        "crypto.seal('aes-256-gcm-siv', 'a', g ?? 0)",
      ];
      const work = `((g) => [${calls.map((call) => `() => tools.${call}`).join()}].map(attempt).join())(${given})`;
      expect(granted(work)).to.deep.equal(["TypeError,TypeError,TypeError"]);
    });
  }

  it("is taken as it is where it lies about itself", () => {
    const liar = `class Liar extends Uint8Array { get length() { return 1e9; } at() { return 9; } static get [Symbol.species]() { throw 1; }
      *[Symbol.iterator]() { throw 1; } get [Symbol.toStringTag]() { return "Liar"; } get byteLength() { return 0; } }`;
    const work = `(() => { ${liar}; const one = Liar.from ? new Liar(3) : 0; Object.defineProperty(one, "length", { value: 1e9 });
      return tools.crypto.hash("sha256", one).join() === tools.crypto.hash("sha256", new Uint8Array(3)).join(); })()`;
    expect(granted(work)).to.deep.equal(["true"]);
  });

  it("is refused before it is copied where it is giant", () => {
    const work = `[() => tools.crypto.hash("sha256", "a".repeat(2 ** 28)), () => tools.crypto.hmac("hmac-sha256", new Uint8Array(2 ** 27)),
          () => tools.random(2 ** 31), () => tools.random(1e300), () => tools.random(-1), () => tools.random(NaN)].map(attempt).join()`;
    expect(granted(work)).to.deep.equal(["TypeError,TypeError,TypeError,TypeError,TypeError,TypeError"]);
  });
});

describe("claims/confinement: handles", () => {
  keepHostUntouched();

  it("are not guessed, forged, or made of other things", () => {
    const work = `(() => {
      const own = tools.crypto.generateKey("hmac-sha256");
      const guesses = [own + 1, own - 1, -own, own + 0.5, own + 2 ** 32, String(own), 0, NaN, Infinity, "__proto__", "constructor"];
      for (let guess = 1; guess < 2000; guess++) guesses.push(guess, guess * 1048576);
      const objects = [[own], { valueOf: () => own }, Object(own), BigInt(own), Symbol(), null, undefined, new Uint8Array(32)];
      const use = (key) => attempt(() => tools.crypto.hmac(key, ""));
      return [...new Set([...guesses, ...objects].filter((guess) => guess !== own).map(use))].join();
    })()`;
    expect(granted(work)).to.deep.equal(["TypeError"]);
  });

  it("mean nothing in another task, and in the same task nothing after their record", () => {
    const realm = openGranted(
      "(line, emit, tools) => emit('k', [globalThis.own ??= tools.crypto.generateKey('ed25519'), attempt(() => tools.crypto.publicKey(own).length)])",
    );
    const run = (): unknown => {
      realm.mapChunk(utf8("x\n"));
      let answer: unknown;
      realm.drain((_kind, _key, _values, state) => (answer = JSON.parse(state)));
      return answer;
    };
    const [[handle, length]] = run() as [[number, string]];
    expect(length).to.equal("32");
    expect(run()).to.deep.equal([
      [handle, "32"],
      [handle, "TypeError"],
    ]);
    realm.renew(optionsFor({ tools: grantOfAll({ seed: new Uint8Array(32) }) }));
    expect(run()).to.deep.equal([[handle, "TypeError"]]);
  });

  it("are so many and no more, however often a program asks", () => {
    const work = `(() => { let made = 0, refused = 0; for (let i = 0; i < 50000; i++) {
      try { tools.crypto.generateKey("ed25519"); made++; } catch { refused++; } } return [made, refused].join(); })()`;
    expect(granted(work)).to.deep.equal(["1024,48976"]);
  });
});

describe("claims/confinement: what is drawn", () => {
  keepHostUntouched();
  const draw =
    "(tools.random(5), [tools.random(12), tools.crypto.seal('aes-256-gcm-siv', '').slice(0, 12), tools.crypto.generateKey('x25519')].join(';'))";
  const lines = "x\n".repeat(40);

  it("is the same when the work is done again, and never twice within it", () => {
    const once = granted(draw, lines);
    expect(granted(draw, lines)).to.deep.equal(once);
    expect(new Set(once.flatMap((answer) => (answer as string).split(";"))).size).to.equal(120);
  });

  it("is nothing that another task draws", () => {
    const tasks = [1, 2, 3].map((task) =>
      granted(draw, lines, { tools: grantOfAll({ seed: new Uint8Array(32).fill(task) }) }),
    );
    expect(new Set(tasks.flat().flatMap((answer) => (answer as string).split(";"))).size).to.equal(360);
  });
});
