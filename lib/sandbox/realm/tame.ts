/**
 * Makes a fresh V8 realm poor: what tells the time, gives randomness, depends on the locale or the collector, compiles
 * text, or shows stacks is taken away before a program runs. Runs inside the realm, once.
 */

import { realmGlobals, regExpStatics, stringLocaleMethods } from "../../program/realm-globals.ts";

/**
 * Takes away everything ambient. `RegExp.prototype` and every `Symbol.species` stay untouched: V8 runs regular
 * expressions several times slower in the whole thread once one of them changes.
 */
export function tame(): void {
  const { Error, Map, Math, RegExp } = globalThis;
  for (const name of Reflect.ownKeys(globalThis)) {
    if (!realmGlobals.includes(name as string)) remove(globalThis, name);
  }
  remove(Math, "random");
  // It gives a promise, and programs have none: a rejected one would reach Node, which prints what it was made of.
  remove(Array, "fromAsync");
  tameSymbols(new Map());
  for (const name of Object.getOwnPropertyNames(RegExp)) if (regExpStatics.test(name)) remove(RegExp, name);
  tameErrors(Error);
  tameLocales();
  tameCompilers();
  hasten([Array, Error, Function, Math, RegExp, Symbol, Number.prototype, String.prototype]);
}

/** V8's own registry is one for all realms of the process's thread, and never shrinks. */
function tameSymbols(registry: Map<string, symbol>): void {
  const { get, set } = registry;
  const { apply } = Reflect;
  const description = Object.getOwnPropertyDescriptor(Symbol.prototype, "description")?.get as () => string;
  const MakeSymbol = Symbol;
  const toText = String;
  pin(Symbol, "for", (key: unknown): symbol => {
    const name = toText(key);
    const symbol = apply(get, registry, [name]) ?? MakeSymbol(name);
    apply(set, registry, [name, symbol]);
    return symbol;
  });
  pin(Symbol, "keyFor", (symbol: symbol): string | undefined => {
    const name = apply(description, symbol, []);
    return apply(get, registry, [name]) === symbol ? name : undefined;
  });
}

/** Without a limit that is a number V8 takes no stack, and so calls no function of Node's to print one. */
function tameErrors(error: ErrorConstructor): void {
  remove(error, "captureStackTrace");
  pin(error, "stackTraceLimit", undefined);
  pin(error, "prepareStackTrace", undefined);
  pin(globalThis, "Error", error);
}

function tameLocales(): void {
  const typedArray = Object.getPrototypeOf(Uint8Array) as { readonly prototype: object };
  for (const { prototype } of [Object, Array, Number, BigInt, typedArray]) remove(prototype, "toLocaleString");
  for (const name of stringLocaleMethods) remove(String.prototype, name);
}

/** Functions are made by syntax only: the constructors that take text refuse, `instanceof Function` works. */
function tameCompilers(): void {
  const kinds = [function () {}, function* () {}, async function () {}, async function* () {}];
  for (const kind of kinds) {
    const prototype = Object.getPrototypeOf(kind) as object;
    const refuse = function Function(): never {
      throw new TypeError("a program cannot compile text");
    };
    pin(refuse, "prototype", prototype);
    pin(prototype, "constructor", refuse);
    if (prototype === Function.prototype) pin(globalThis, "Function", refuse);
  }
}

/**
 * V8 keeps an object that lost a property as a hash table, and inlines none of its functions, until the object is looked
 * at through an heir by code that ran a few times: then it makes a prototype as fast as it was.
 */
function hasten(owners: readonly object[]): void {
  for (let times = 0; times < 64; times++) {
    for (const owner of owners) void (Object.create(owner) as object).constructor;
  }
}

function pin(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, { value, writable: false, enumerable: false, configurable: false });
}

function remove(owner: object, name: PropertyKey): void {
  if (!Reflect.deleteProperty(owner, name)) throw new TypeError(`${String(name)} cannot be removed`);
}
