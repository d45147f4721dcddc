/** Everything that a program can reach without being given it: walked to a fixed point, and held against a list. */

import { expect } from "chai";

import { answerOf, describeAttempts, keepHostUntouched } from "./_attempts.ts";

/**
 * Names every object and function that is reached from the global and from what only syntax makes, by the shortest
 * path. Symbols are named like `@@iterator`.
 */
const walk = `() => {
  const spell = (key) => (typeof key === "symbol" ? "@@" + key.description.replace("Symbol.", "") : "." + key);
  const made = {
    array: [][Symbol.iterator](), string: ""[Symbol.iterator](), map: new Map().keys(), set: new Set().keys(),
    matches: "".matchAll(/./g), generator: (function* () {})(), sloppy: (function () { return arguments; })(),
    generators: function* () {}, arrow: () => 1, class: class { #a = 1; static b() {} }, template: ((a) => a)\`\`,
    match: /(?<a>)/.exec(""), error: (() => { try { null.a; } catch (e) { return e; } })(), bytes: new Uint8Array(1),
    helpers: [][Symbol.iterator]().map?.((a) => a) ?? [], wrapped: globalThis.sealfoldProgram ?? [], emit,
  };
  const seen = new Set(), names = [], foreigners = [];
  const waiting = [["", globalThis], ...Object.entries(made).map(([name, value]) => ["<" + name + ">", value])];
  const add = (name, value) => {
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) return;
    if (foreign(value)) foreigners.push(name);
    waiting.push([name, value]);
  };
  while (waiting.length > 0) {
    const [name, value] = waiting.shift();
    if (seen.has(value)) continue;
    seen.add(value);
    names.push(name);
    for (const key of Reflect.ownKeys(value)) {
      const { value: held, get, set } = Object.getOwnPropertyDescriptor(value, key);
      add(name + spell(key), held);
      add(name + spell(key) + " get", get);
      add(name + spell(key) + " set", set);
    }
    add(name + ".__proto__", Object.getPrototypeOf(value));
  }
  return JSON.stringify([names, foreigners]);
}`;

/** The built-in objects of which everything may be reached. */
const families =
  "Object Function Boolean Symbol Number BigInt Math String RegExp Array Map Set WeakMap WeakSet JSON Proxy Reflect " +
  "Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError ArrayBuffer DataView " +
  "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array " +
  "BigInt64Array BigUint64Array parseInt parseFloat isFinite isNaN escape unescape decodeURI decodeURIComponent " +
  "encodeURI encodeURIComponent";

/** Methods of those objects on Node 20, and those that V8 added since: all work on what they are given, and no more. */
const members =
  "prototype constructor length name assign getOwnPropertyDescriptor getOwnPropertyDescriptors getOwnPropertyNames " +
  "getOwnPropertySymbols hasOwn is preventExtensions seal create defineProperties defineProperty freeze " +
  "getPrototypeOf setPrototypeOf isExtensible isFrozen isSealed keys entries fromEntries values groupBy " +
  "__defineGetter__ __defineSetter__ hasOwnProperty callee __lookupGetter__ __lookupSetter__ isPrototypeOf " +
  "propertyIsEnumerable toString valueOf __proto__ apply bind call arguments caller for keyFor asyncIterator " +
  "description isInteger isSafeInteger parseFloat parseInt isNaN isFinite toExponential toFixed toPrecision asUintN " +
  "asIntN abs acos acosh asin asinh atan atanh atan2 ceil cbrt expm1 clz32 cos cosh exp floor fround hypot imul log " +
  "log1p log2 log10 max min pow round sign sin sinh sqrt tan tanh trunc f16round sumPrecise fromCharCode " +
  "fromCodePoint raw anchor at big blink bold charAt charCodeAt codePointAt concat endsWith fontcolor fontsize fixed " +
  "includes indexOf italics lastIndexOf link match matchAll normalize padEnd padStart repeat replace replaceAll search " +
  "slice small split strike sub substr substring sup startsWith trim trimStart trimLeft trimEnd trimRight toLowerCase " +
  "toUpperCase isWellFormed toWellFormed exec dotAll flags global hasIndices ignoreCase multiline source sticky " +
  "unicode unicodeSets compile test escape isArray from of copyWithin fill find findIndex findLast findLastIndex pop " +
  "push reverse shift unshift sort splice join forEach filter flat flatMap map every some reduce reduceRight toReversed " +
  "toSorted toSpliced with get set has delete clear size union intersection difference symmetricDifference isSubsetOf " +
  "isSupersetOf isDisjointFrom getOrInsert getOrInsertComputed add parse stringify rawJSON isRawJSON revocable " +
  "construct deleteProperty ownKeys cause errors message isError isView buffer byteLength byteOffset maxByteLength " +
  "resizable resize transfer transferToFixedLength detached subarray next return throw getInt8 setInt8 getUint8 " +
  "setUint8 getInt16 setInt16 getUint16 setUint16 getInt32 setInt32 getUint32 setUint32 getFloat16 setFloat16 " +
  "getFloat32 setFloat32 getFloat64 setFloat64 getBigInt64 setBigInt64 getBigUint64 setBigUint64 setFromBase64 " +
  "setFromHex toBase64 toHex fromBase64 fromHex take drop toArray indices groups input index stack b " +
  "@@iterator @@species @@hasInstance @@unscopables @@toPrimitive @@toStringTag @@match @@matchAll @@replace @@search " +
  "@@split @@isConcatSpreadable @@asyncIterator @@dispose @@asyncDispose @@concat";

/** What a program itself is made of, and the parts of it that the test made. */
const own = "globalThis sealfoldProgram definition map reduce sealfold url emit each line";

describe("claims/confinement: every object that a program reaches", () => {
  keepHostUntouched();
  const [names, foreigners] = JSON.parse(answerOf(walk) as string) as [string[], string[]];

  it("has a name on the list, on any version of V8", () => {
    const known = new Set([...families.split(" "), ...members.split(" "), ...own.split(" ")]);
    const unknown = names
      .flatMap((path) =>
        path
          .replace(/^<\w+>/, "")
          .replaceAll(/ [gs]et\b/g, "")
          .split(/\.|(?=@@)/),
      )
      .filter((part) => part !== "" && !/^\d+$/.test(part) && !known.has(part));
    expect(unknown).to.deep.equal([]);
  });

  it("begins with a global on the list, or with syntax", () => {
    const roots = new Set(names.filter((path) => !path.startsWith("<")).map((path) => path.split(/\.|@@| /)[1] ?? ""));
    const known = new Set([...families.split(" "), "sealfoldProgram", "__proto__", "constructor", ""]);
    expect([...roots].filter((root) => !known.has(root))).to.deep.equal([]);
    for (const family of families.split(" ")) expect([...roots]).to.include(family);
  });

  it("is of the program's own realm, and there are not many", () => {
    expect(foreigners).to.deep.equal([]);
    expect(names.length).to.be.within(400, 1200);
  });

  it("makes no function of text, no promise, and no buffer that is shared", () => {
    const wrong =
      /Promise|[aA]sync(?!Iterator|Dispose)|Shared|Atomics|WeakRef|Finalization|Date|Intl|Locale|random|stackTrace|eval/;
    expect(names.filter((name) => wrong.test(name))).to.deep.equal([]);
  });
});

describeAttempts("what is not there", [
  ...(
    "Date Intl Temporal WebAssembly SharedArrayBuffer Atomics WeakRef FinalizationRegistry Promise Iterator " +
    "AsyncIterator DisposableStack AsyncDisposableStack SuppressedError ShadowRealm console process require module " +
    "exports __filename global Buffer setTimeout setInterval setImmediate queueMicrotask fetch performance crypto " +
    "structuredClone URL TextDecoder TextEncoder navigator MessageChannel BroadcastChannel Worker Event EventTarget " +
    "AbortController Blob WebSocket localStorage gc v8 d8 print load readFile Deno Bun self window sealfold boot"
  )
    .split(" ")
    .map((name) => [`no ${name}`, `() => [typeof ${name}, "${name}" in globalThis]`, "undefined,false"] as const),
  ["no randomness", "() => typeof Math.random", "undefined"],
  ["no promise from Array.fromAsync", "() => typeof Array.fromAsync", "undefined"],
  [
    "no time from a file, a buffer or a sort",
    "() => ['now', 'timeOrigin', 'lastModified'].some((name) => name in Object.prototype)",
    "false",
  ],
  [
    "no locale",
    "() => [{}, [], 1, 1n, '', new Uint8Array(1)].flatMap((value) => ['toLocaleString', 'localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase'].filter((name) => name in Object(value)))",
    "",
  ],
  [
    "no match of another",
    "() => [/(a)/.test('a'), RegExp.$1, RegExp['$&'], RegExp.input, RegExp.lastMatch]",
    "true,,,,",
  ],
  ["no collector to watch", "() => [typeof WeakRef, typeof FinalizationRegistry]", "undefined,undefined"],
  ["no memory that two threads share", "() => new Uint8Array(1).buffer.constructor.name", "ArrayBuffer"],
]);
