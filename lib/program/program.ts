/** What a program is: a map over records and a reduce over what was emitted under one key. */

import type { Text } from "./tokens.ts";
import type { Capability, Tools } from "./tools.ts";

/** What a key is made of. */
export type Scalar = string | number | boolean;

/** Keys group: `1` and `"1"` are different keys, and every array of scalars is one key. */
export type Key = Scalar | readonly Scalar[];

/** What may stand where a key is emitted: a {@link Text} is the same key as its string. */
export type EmittedKey = Key | Text | readonly (Scalar | Text)[];

/** What may stand where a value is emitted: a {@link Text} becomes its string. */
export type EmittedValue<V> = V | (string extends V ? Text : never);

/** The last parameter of what a program with needs is made of: its tools; without needs there is none. */
export type ToolArgument<N extends Capability> = [N] extends [never] ? [] : [tools: Tools<N>];

/** Hands one value to the reduce of `key`. Valid only while its record is being mapped. */
export interface Emit<V> {
  (key: EmittedKey, value: EmittedValue<V>): void;
  /**
   * Hands `value` to the reduce of each of `keys`: the same as a loop over them that emits each.
   * @example
   * emit.each(words(line), 1); // the fastest way to count words: no view is made of any
   */
  readonly each: (keys: Iterable<EmittedKey>, value: EmittedValue<V>) => void;
}

/** The aggregates over numbers that the library has. */
export type NumberAggregate = "sum" | "count" | "mean" | "min" | "max" | "minMaxMean";

/**
 * A reduce that can be split: `merge` joins what `add` gathered elsewhere, so that mappers combine before anything is
 * sent. States are JSON data; `add` and `merge` may change their first argument and return it. The result must not
 * depend on how values were split and ordered: that is what makes it the same on every run.
 */
export interface Aggregate<V, S, O, N extends Capability = never> {
  readonly zero: () => S;
  readonly add: (state: S, value: V) => S;
  readonly merge: (a: S, b: S) => S;
  /** Gets `tools` where the program has needs. */
  readonly finish: (state: S, ...tools: [N] extends [never] ? [] : [tools: Tools<N>]) => O;
}

/**
 * Maps one record: calls `emit`, or is a generator that yields `[key, value]`. `emit` is the faster of the two. It is
 * synchronous and remembers nothing from one record to the next.
 */
export type MapFunction<R, V, N extends Capability = never> = (
  record: R,
  emit: Emit<V>,
  ...tools: ToolArgument<N>
) => void | Iterator<readonly [EmittedKey, EmittedValue<V>]>;

/**
 * Reduces all values of one key at once, sorted by their JSON text, for what no aggregate can say. TypeScript learns
 * the values' type from annotations: of both parameters here, or of `emit: Emit<V>` in the map.
 */
export type ReduceFunction<V, O, N extends Capability = never> = (
  key: Key,
  values: readonly V[],
  ...tools: ToolArgument<N>
) => O;

/** What a user writes. */
export interface ProgramDefinition<R, V, S, O, N extends Capability = never> {
  /** How records come: as a {@link TextProgramDefinition} says, or, left out, as their format gives them. */
  readonly records?: undefined;
  /**
   * What the program needs beyond its records: it gets exactly that, as `tools`, and does not run under a policy that
   * does not grant it. Stands before `map`, so that TypeScript knows the type of `tools` there.
   */
  readonly needs?: readonly N[];
  readonly map: MapFunction<R, V, N>;
  readonly reduce: Aggregate<V, S, O, N> | ReduceFunction<V, O, N>;
}

/** What a user writes who wants each line as a {@link Text}: no string is made of what is not looked at as one. */
export interface TextProgramDefinition<V, S, O, N extends Capability = never> extends Omit<
  ProgramDefinition<Text, V, S, O, N>,
  "records"
> {
  /** Stands before `map`, so that TypeScript knows the type of its record. The input is read as lines. */
  readonly records: typeof textRecords;
}

/** A definition whose types are forgotten: what runs it passes data of any kind and checks what comes back. */
export type AnyDefinition = Forgotten<never>;

/** {@link AnyDefinition} of a program that gets tools. */
export type ToolDefinition = Forgotten<Capability>;

type Forgotten<N extends Capability> = Omit<ProgramDefinition<unknown, unknown, unknown, unknown, N>, "records"> & {
  readonly records?: typeof textRecords | undefined;
};

declare const types: unique symbol;

/** A map-reduce program over records `R` with results `O`: the default export of a program's file. */
export interface Program<R, O> {
  /** Marks what {@link program} made, across bundles and realms. */
  readonly sealfold: typeof programMark;
  /** The file that is bundled, measured and run in sandboxes. */
  readonly url: string;
  readonly definition: AnyDefinition;
  readonly [types]?: (record: R) => O;
}

/** What stands in a definition's `records` when its map gets each line as a {@link Text}. */
export const textRecords = "text";

/** What {@link program} marks its objects with. */
export const programMark = "program/1";

/** The global under which a bundled program's script leaves its program. */
export const programName = "sealfoldProgram";

/**
 * Makes the default export of a program's file.
 * @param url - `import.meta.url`, so that the library finds the file whose bytes are measured
 * @throws {TypeError} when `map` is not a function, `reduce` neither a function nor an aggregate, `needs` no array, or
 * `records` not `"text"`
 * @example
 * export default program(import.meta.url, {
 *   map(line: string, emit) { emit(line.length, 1); },
 *   reduce: sum,
 * });
 */
export function program<V, S, O, N extends Capability = never>(
  url: string,
  definition: TextProgramDefinition<V, S, O, N>,
): Program<string, O>;
export function program<R, V, S, O, N extends Capability = never>(
  url: string,
  definition: ProgramDefinition<R, V, S, O, N>,
): Program<R, O>;
export function program(url: string, given: unknown): Program<unknown, unknown> {
  const definition = given as AnyDefinition;
  if (typeof url !== "string") throw new TypeError(`"url" expected import.meta.url, got ${typeof url}`);
  if (typeof definition?.map !== "function") throw new TypeError(`"map" expected a function`);
  if (typeof definition.reduce !== "function" && !isAggregate(definition.reduce)) {
    throw new TypeError(`"reduce" expected a function, or an aggregate { zero, add, merge, finish }`);
  }
  if (definition.needs !== undefined && !Array.isArray(definition.needs)) {
    throw new TypeError(`"needs" expected an array of capabilities`);
  }
  if (definition.records !== undefined && definition.records !== textRecords) {
    throw new TypeError(`"records" expected "text", or nothing at all`);
  }
  return { sealfold: programMark, url, definition };
}

function isAggregate(reduce: unknown): boolean {
  if (typeof reduce !== "object" || reduce === null) return false;
  const { zero, add, merge, finish } = reduce as Partial<Aggregate<unknown, unknown, unknown>>;
  return [zero, add, merge, finish].every((part) => typeof part === "function");
}

/** @returns whether {@link program} made `value`. */
export function isProgram(value: unknown): value is Program<unknown, unknown> {
  return typeof value === "object" && value !== null && "sealfold" in value && value.sealfold === programMark;
}
