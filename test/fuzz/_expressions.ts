/**
 * Expressions of JavaScript together with what must become of their values when a program emits them: the canonical
 * JSON text, or a code. Written from the promise alone; it shares no line with the engine that it is held against.
 */

import fc from "fast-check";

/** Canonical text of the value, or the code with which emitting it ends. */
export type Fate = { readonly text: string } | { readonly code: string };

export interface Expression {
  readonly source: string;
  readonly fate: Fate;
}

/** Halves of surrogate pairs. */
const halves = /\p{Surrogate}/u;
const isData = (fate: Fate): fate is { readonly text: string } => "text" in fate;
const refused: Fate = { code: "PROGRAM_VALUE" };
const threw: Fate = { code: "PROGRAM_THREW" };

const arrayForms = [
  "@",
  "new Proxy(@, { __proto__: null })",
  "Object.freeze(@)",
  "Object.setPrototypeOf(@, null)",
] as const;
const objectForms = ["plain", "without a prototype", "getters", "getters that change", "proxy", "frozen"] as const;

/** Text with all that is awkward: halves of pairs, separators, quotes, names of the language's own. */
const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom("__proto__", "constructor", "toJSON", "then", "length", "0", "10", "9", "\u2028", "\ufeff", "\0", ""),
);

function textFate(value: string): Fate {
  return halves.test(value) ? refused : { text: JSON.stringify(value) };
}

const number: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, 5e-324, 1e21, 1e-7, 2 ** 53, -(2 ** 53) - 2, 1.7976931348623157e308, 0.1 + 0.2),
);

function numberExpression(value: number): Expression {
  const source = Object.is(value, -0) ? "-0" : `(${value})`;
  return { source, fate: Number.isFinite(value) ? { text: String(value === 0 ? 0 : value) } : refused };
}

const scalar: fc.Arbitrary<Expression> = fc.oneof(
  text.map((value) => ({ source: JSON.stringify(value), fate: textFate(value) })),
  number.map(numberExpression),
  fc.boolean().map((value) => ({ source: `${value}`, fate: { text: `${value}` } })),
);

/** Values that are no data, and values that misbehave while they are looked at. */
const odd: fc.Arbitrary<Expression> = fc.constantFrom<Expression>(
  { source: "null", fate: { text: "null" } },
  ...(
    "undefined Symbol() Symbol.iterator 1n (()=>1) (function*(){}) (class{}) /a/g new(Map) new(Set) new(WeakMap) " +
    "new(Uint8Array)(3) new(ArrayBuffer)(3) new(Error)('a') Object('a') Object(1) Object(true) Object(Symbol()) " +
    "Object(1n) Object.create({}) new(class{a=1}) globalThis Object.setPrototypeOf([,1],null) emit new(DataView)(new(ArrayBuffer)(1))"
  )
    .split(" ")
    .map((source): Expression => ({ source, fate: refused })),
  ...[
    "{ get a() { throw 1; } }",
    "{ get a() { throw { get message() { throw 1; } }; } }",
    "{ get a() { emit('inner', 1); return 1; } }",
    "new Proxy({}, { __proto__: null, ownKeys() { throw 1; } })",
    "new Proxy({}, { __proto__: null, getPrototypeOf() { throw null; } })",
    "new Proxy([], { __proto__: null, get() { throw undefined; } })",
    "(() => { const { proxy, revoke } = Proxy.revocable({}, { __proto__: null }); revoke(); return proxy; })()",
    "(() => { const { proxy, revoke } = Proxy.revocable([], { __proto__: null }); revoke(); return [proxy]; })()",
    "{ get a() { return (function go() { return go() + 1; })(); } }",
  ].map((source): Expression => ({ source: `(${source})`, fate: threw })),
  { source: "Math", fate: { text: "{}" } }, // a plain object without members that are enumerable
  { source: "({ toJSON: () => 1 })", fate: refused },
  { source: "({ valueOf: () => 1 })", fate: refused },
  { source: "({ get a() { try { emit('inner', 1); } catch {} return 2; } })", fate: { text: '{"a":2}' } },
  { source: "Object.assign([1, 2], { more: 3, toJSON: 4 })", fate: { text: "[1,2]" } },
  {
    source: "new (class extends Array { constructor() { super(1); } get 0() { return 7; } })()",
    fate: { text: "[7]" },
  },
  {
    source: "Object.defineProperty({ a: 1 }, 'hidden', { __proto__: null, value: () => 1 })",
    fate: { text: '{"a":1}' },
  },
  { source: "({ a: 1, [Symbol.toPrimitive]: () => 1, [Symbol.iterator]: 2 })", fate: { text: '{"a":1}' } },
  {
    source: "new Proxy([], { __proto__: null, get: (_, name) => (name === 'length' ? 3 : 1) })",
    fate: { text: "[1,1,1]" },
  },
  {
    source: "new Proxy([], { __proto__: null, get: (_, name) => (name === 'length' ? '2' : 1) })",
    fate: { text: "[1,1]" },
  },
  { source: "new Proxy([], { __proto__: null, get: () => NaN })", fate: { text: "[]" } },
  {
    source:
      "new Proxy({}, { __proto__: null, ownKeys: () => ['b', 'a'], get: (_, name) => name, " +
      "getOwnPropertyDescriptor: () => ({ __proto__: null, value: 1, enumerable: true, configurable: true }) })",
    fate: { text: '{"a":"a","b":"b"}' },
  },
  { source: "(() => { const a = [1]; a[0] = a; return a; })()", fate: refused },
  { source: "(() => { const a = {}; a.a = { a }; return a; })()", fate: refused },
);

const deep: fc.Arbitrary<Expression> = fc
  .tuple(
    fc.constantFrom(2, 31, 63, 65, 66, 400),
    fc.constantFrom<readonly [string, string]>(["[", "]"], ['{"a":', "}"]),
  )
  .map(([levels, [open, close]]) => {
    const source = `${open.repeat(levels - 1)}${open === "[" ? "[]" : "{}"}${close.repeat(levels - 1)}`;
    return { source: `(${source})`, fate: levels > 64 ? refused : { text: source } };
  });

const nested: fc.Arbitrary<Expression> = fc.letrec<{ value: Expression; array: Expression; object: Expression }>(
  (tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      { arbitrary: scalar, weight: 6 },
      { arbitrary: odd, weight: 2 },
      { arbitrary: fc.integer({ min: 0, max: 2100 }).map(longText), weight: 1 },
      { arbitrary: tie("array"), weight: 3 },
      { arbitrary: tie("object"), weight: 3 },
    ),
    array: fc.tuple(fc.array(tie("value"), { maxLength: 5 }), fc.constantFrom(...arrayForms)).map(makeArray),
    object: fc
      .tuple(
        fc.uniqueArray(fc.tuple(text, tie("value")), { selector: ([name]) => name, maxLength: 5 }),
        fc.constantFrom(...objectForms),
      )
      .map(makeObject),
  }),
).value;

/** Any value. */
export const value: fc.Arbitrary<Expression> = fc.oneof(
  { arbitrary: nested, weight: 20 },
  { arbitrary: deep, weight: 1 },
);

function longText(length: number): Expression {
  const whole = "é".repeat(length);
  return { source: `"é".repeat(${length})`, fate: { text: JSON.stringify(whole) } };
}

function makeArray([items, form]: readonly [readonly Expression[], string]): Expression {
  const bad = items.find(({ fate }) => !isData(fate));
  const source = form.replace("@", () => `[${items.map((item) => item.source).join(", ")}]`);
  return { source, fate: bad?.fate ?? { text: `[${items.map(({ fate }) => isData(fate) && fate.text).join(",")}]` } };
}

/** Members are looked at in the order of their names' code units, each name before its value. */
function makeObject([members, form]: readonly [readonly (readonly [string, Expression])[], string]): Expression {
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  const fates = sorted.flatMap(([name, { fate }]) => [textFate(name), fate]);
  const bad = fates.find((fate) => !isData(fate));
  const texts = sorted.map(([name, { fate }]) => `${JSON.stringify(name)}:${isData(fate) ? fate.text : ""}`);
  return { source: objectSource(members, form), fate: bad ?? { text: `{${texts.join(",")}}` } };
}

function objectSource(members: readonly (readonly [string, Expression])[], form: string): string {
  const list = (one: (name: string, source: string) => string): string =>
    members.map(([name, { source }]) => one(`[${JSON.stringify(name)}]`, source)).join(", ");
  const plain = `({ ${list((name, source) => `${name}: ${source}`)} })`;
  if (form === "without a prototype") return `({ __proto__: null, ${list((name, source) => `${name}: ${source}`)} })`;
  if (form === "getters") return `({ ${list((name, source) => `get ${name}() { return ${source}; }`)} })`;
  if (form === "proxy") return `new Proxy(${plain}, { __proto__: null })`;
  if (form === "frozen") return `Object.freeze(${plain})`;
  if (form === "plain") return plain;
  const once = list((name, source) => `get ${name}() { return seen.a++ === 0 ? ${source} : undefined; }`);
  // one counter for each member would be the same text for all: the first look at any is the only good one
  return members.length === 1 ? `((seen) => ({ ${once} }))({ a: 0 })` : plain;
}

/** A key, with its kind beside its text. */
export interface KeyExpression extends Expression {
  readonly kind: "text" | "json";
}

/** Anything as a key: scalars and arrays of them are keys, `null` and all else are not. */
export const key: fc.Arbitrary<KeyExpression> = fc.oneof(
  { arbitrary: fc.constantFrom("a", "b", "c").map(textKey), weight: 6 },
  { arbitrary: text.map(textKey), weight: 3 },
  { arbitrary: fc.integer({ min: 0, max: 100 }).map((length) => textKey("ü".repeat(length))), weight: 1 },
  { arbitrary: fc.oneof(number.map(numberExpression), fc.boolean().map(flag)).map(jsonKey), weight: 2 },
  {
    arbitrary: fc
      .tuple(fc.array(scalar, { maxLength: 4 }), fc.constantFrom(...arrayForms))
      .map(makeArray)
      .map(jsonKey),
    weight: 2,
  },
  { arbitrary: fc.constantFrom<Expression>(...noKeys()).map(jsonKey), weight: 1 },
);

function textKey(value: string): KeyExpression {
  const fate: Fate = halves.test(value) ? refused : { text: value };
  return { kind: "text", source: JSON.stringify(value), fate };
}

function jsonKey(expression: Expression): KeyExpression {
  return { kind: "json", ...expression };
}

function flag(value: boolean): Expression {
  return { source: `${value}`, fate: { text: `${value}` } };
}

function noKeys(): readonly Expression[] {
  const sources = "null undefined {} [null] [[]] [{}] [undefined] 1n Symbol() (()=>1) Object('a') [1n]".split(" ");
  const list = sources.map((source): Expression => ({ source: `(${source})`, fate: refused }));
  return [...list, { source: "new Proxy([], { __proto__: null, get() { throw 1; } })", fate: threw }];
}
