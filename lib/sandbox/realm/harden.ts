/**
 * The second wall: makes the thread's own realm worthless to whoever reaches it from a program's realm. Functions cannot
 * be made from text, and nothing that all code shares can be changed any more. Called once in a sandbox's thread, after
 * everything is imported; it cannot be undone.
 */

/** Whatever can be reached from these through properties and prototypes is frozen. */
const rootNames: readonly string[] = (
  "Object Function Boolean Symbol Number BigInt Math Date String Array JSON Map Set WeakMap WeakSet " +
  "WeakRef FinalizationRegistry Promise Proxy Reflect Atomics Error AggregateError EvalError RangeError " +
  "ReferenceError SyntaxError TypeError URIError ArrayBuffer SharedArrayBuffer DataView Int8Array " +
  "Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array " +
  "BigInt64Array BigUint64Array parseInt parseFloat isFinite isNaN decodeURI encodeURI Intl WebAssembly " +
  "Iterator"
).split(" ");

/** Objects that inherit from these are often given properties of the same name by plain assignment. */
const overridden: readonly object[] = [
  Object.prototype,
  ...[Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    (error) => error.prototype as object,
  ),
];

/** Closes this thread's realm for good. */
export function harden(): void {
  refuseText();
  // A program's rejected promise: it is never awaited, and what it was rejected with must not be looked at.
  process.on("unhandledRejection", () => undefined);
  for (const prototype of overridden) allowOverrides(prototype);
  freezeAll(roots());
}

function refuseText(): void {
  const kinds = [function () {}, function* () {}, async function () {}, async function* () {}];
  for (const kind of kinds) {
    const prototype = Object.getPrototypeOf(kind) as object;
    const refuse = function Function(): never {
      throw new TypeError("a sandbox cannot compile text");
    };
    Object.defineProperty(refuse, "prototype", { value: prototype, writable: false });
    Object.defineProperty(prototype, "constructor", { value: refuse, writable: false, configurable: false });
  }
  Reflect.set(globalThis, "Function", Object.getPrototypeOf(kinds[0]).constructor);
  Reflect.deleteProperty(globalThis, "eval");
}

/** All that a realm's code shares: what the globals lead to, and what only syntax leads to. */
function roots(): readonly object[] {
  const iterators = [[][Symbol.iterator](), ""[Symbol.iterator](), new Map().entries(), new Set().entries()];
  const generators = [(function* () {})(), (async function* () {})(), "".matchAll(/./g)];
  const functions = [function () {}, function* () {}, async function () {}, async function* () {}];
  const hidden = [...iterators, ...generators, ...functions].map((made) => Object.getPrototypeOf(made) as object);
  const named = rootNames.map((name) => (globalThis as unknown as Record<string, unknown>)[name]);
  return [...hidden, ...named].filter((value): value is object => isObject(value));
}

function freezeAll(from: readonly object[]): void {
  const seen = new Set<object>(untouchable());
  const waiting = [...from];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const { value, get, set } of Object.values(Object.getOwnPropertyDescriptors(next))) {
      waiting.push(...[value, get, set].filter(isObject));
    }
    const prototype = Object.getPrototypeOf(next) as unknown;
    if (isObject(prototype)) waiting.push(prototype);
    if (isAboveBytes(next)) freezeEach(next);
    else Object.freeze(next);
  }
}

/** Whether typed arrays inherit from it. */
function isAboveBytes(object: object): boolean {
  const all = Object.getPrototypeOf(Uint8Array.prototype) as object;
  return object === all || object === Object.prototype || Object.getPrototypeOf(object) === all;
}

/**
 * Does what `Object.freeze` does, property by property. V8 stores into a typed array some twenty times slower when that
 * function froze a prototype of it, whose elements might then be read-only. Other objects lose by this way, not gain.
 */
function freezeEach(object: object): void {
  for (const name of Reflect.ownKeys(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (descriptor?.configurable !== true && descriptor?.writable !== true) continue;
    const isData = "value" in descriptor;
    Object.defineProperty(object, name, { configurable: false, ...(isData && { writable: false }) });
  }
  Object.preventExtensions(object);
}

/**
 * V8 matches regular expressions several times slower, in every realm of the thread, once these differ from how they
 * were born. Whoever reaches them can spoil this side's matching, and reads nothing by it.
 */
function untouchable(): readonly object[] {
  return [RegExp, RegExp.prototype];
}

/** Frozen data properties refuse assignment to objects that inherit them; accessors that define do not. */
function allowOverrides(prototype: object): void {
  for (const name of Reflect.ownKeys(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor === undefined || !("value" in descriptor) || descriptor.configurable !== true) continue;
    const value: unknown = descriptor.value;
    Object.defineProperty(prototype, name, {
      get: () => value,
      set(this: unknown, replacement: unknown) {
        if (this === prototype || !isObject(this)) throw new TypeError("a sandbox's built-in objects are frozen");
        Object.defineProperty(this, name, { value: replacement, writable: true, enumerable: true, configurable: true });
      },
      enumerable: false,
      configurable: false,
    });
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
