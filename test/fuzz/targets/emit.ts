/**
 * Random pairs through `emit`, out of a confined program into another realm that reduces them: what comes out is what
 * the pairs say, byte for byte, or the code that they deserve.
 */

import { deepStrictEqual, strictEqual } from "node:assert";

import fc from "fast-check";

import { listing, runRealm, script } from "../../sandbox/realm/_realms.ts";
import { type Expression, type Fate, key, type KeyExpression, value } from "../_expressions.ts";
import { foreseen, target } from "../campaign.ts";

const keyBytes = 128;
const valueBytes = 4096;

interface Pair {
  readonly key: KeyExpression;
  readonly value: Expression;
}

interface Case {
  readonly records: readonly (readonly Pair[])[];
  readonly badRecords: number;
  /** How the program hands out its pairs. */
  readonly way: (typeof ways)[number];
  /** What the program did to its realm before. */
  readonly before: readonly string[];
  readonly isAggregate: boolean;
}

const loop = (body: string): string =>
  `const pairs = acts[line](emit); for (let i = 0; i < pairs.length; i++) { const pair = pairs[i]; ${body} }`;
const ways = [
  `(line, emit) => { ${loop("emit(pair[0], pair[1]);")} }`,
  `(line, emit) => { ${loop("emit(pair[0], pair[1], emit, 3); emit.more = 1;")} }`,
  `(line, emit) => { ${loop("try { emit(pair[0], pair[1]); } catch {}")} }`,
  `(line, emit) => { ${loop("try { (0, emit)(pair[0], pair[1]); } finally { continue; }")} }`,
  `function* (line, emit) { ${loop("yield pair;")} }`,
] as const;

/** Lists what was emitted, as an aggregate of the program's own. */
const keeping =
  "{ zero: () => [], add: (state, value) => { state[state.length] = value; return state; }, " +
  "merge: (a, b) => { for (let i = 0; i < b.length; i++) a[a.length] = b[i]; return a; }, finish: (state) => state }";

const trap = "{ get() { return 9; }, set() { throw 1; }, configurable: true }";
const spoilt: readonly string[] = [
  ..."push sort join slice map concat indexOf".split(" ").map((name) => `Array.prototype.${name} = () => { throw 1; }`),
  ..."charCodeAt indexOf slice isWellFormed toString".split(" ").map((name) => `String.prototype.${name} = () => "x"`),
  ..."get set has".split(" ").map((name) => `Map.prototype.${name} = () => 3`),
  ..."kind key values state owners text failure done get value"
    .split(" ")
    .map((name) => `Object.defineProperty(Object.prototype, "${name}", ${trap})`),
  ..."0 1 2 length"
    .split(" ")
    .filter((name) => name !== "length")
    .map((name) => `Object.defineProperty(Array.prototype, "${name}", ${trap})`),
  "Object.keys = () => []",
  "Array.isArray = () => false",
  "JSON.stringify = () => '1'",
  "JSON.parse = () => ({})",
  "Reflect.apply = Reflect.getPrototypeOf = () => null",
  "Object.prototype.toJSON = Array.prototype.toJSON = String.prototype.toJSON = () => 1",
  "Number.prototype.toString = Number.prototype.valueOf = () => 'x'",
  "TypeError = Number = undefined",
  "Function.prototype.call = Function.prototype.apply = () => 0",
  "Array.prototype[Symbol.iterator] = function* () {}",
];

const cases: fc.Arbitrary<Case> = fc
  .record({
    records: fc.array(fc.array(fc.record({ key, value }), { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
    badRecords: fc.constantFrom(0, 0, 1, 9),
    way: fc.constantFrom(...ways),
    before: fc.oneof(fc.constant([]), fc.uniqueArray(fc.constantFrom(...spoilt), { maxLength: 4 })),
    isAggregate: fc.boolean(),
  })
  // an aggregate is the program's own code, which suffers from what the program does to its realm
  .map((one) => ({ ...one, isAggregate: one.isAggregate && one.before.length === 0 }));

export default target("pairs of any JavaScript values through emit", () => ({
  cases,
  check,
  show: (one: Case) => `${sourceOf(one)}\nbadRecords: ${one.badRecords}`,
}));

function check(one: Case): void {
  const wanted = foretell(one);
  const lines = one.records.map((_, at) => `${at}\n`).join("");
  let got: Fate | ReadonlyMap<string, string>;
  try {
    const limits = { keyBytes, valueBytes, badRecords: one.badRecords };
    got = new Map(runRealm(sourceOf(one), lines, { limits }));
  } catch (error) {
    got = { code: foreseen(error) };
  }
  if (wanted instanceof Map) deepStrictEqual(got, wanted);
  else strictEqual((got as { code?: string }).code, (wanted as { code: string }).code);
}

function sourceOf({ records, way, before, isAggregate }: Case): string {
  const acts = records.map(
    (pairs) => `(emit) => [${pairs.map((pair) => `[${pair.key.source}, ${pair.value.source}]`).join(", ")}]`,
  );
  return script(
    way,
    isAggregate ? keeping : listing,
    `const acts = [${acts.join(", ")}]; ${before.map((one) => `try { ${one}; } catch {}`).join(" ")}`,
  );
}

/** @returns the results by key as JSON text, or the code that the job ends with */
function foretell({ records, badRecords, isAggregate }: Case): Fate | ReadonlyMap<string, string> {
  const texts = new Map<string, string[]>();
  let bad = 0;
  for (const pairs of records) {
    const fates = pairs.map(fateOf);
    const failed = fates.find((fate) => "code" in fate);
    if (failed !== undefined) {
      if (++bad > badRecords) return failed;
      continue;
    }
    pairs.forEach((pair, at) => {
      const text = (pair.key.fate as { text: string }).text;
      const name = pair.key.kind === "text" ? JSON.stringify(text) : text;
      const value = (fates[at] as { text: string }).text;
      texts.set(name, [...(texts.get(name) ?? []), value]);
    });
  }
  return new Map([...texts].map(([name, list]) => [name, `[${(isAggregate ? list : [...list].sort()).join(",")}]`]));
}

/** A key is looked at before its value. */
function fateOf({ key, value }: Pair): Fate {
  if ("code" in key.fate) return key.fate;
  if (Buffer.byteLength(key.fate.text) > keyBytes) return { code: "LIMIT_KEY" };
  if ("code" in value.fate) return value.fate;
  return Buffer.byteLength(value.fate.text) > valueBytes ? { code: "LIMIT_VALUE" } : value.fate;
}
