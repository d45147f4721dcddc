/** What a program is: a map over records and a reduce over what was emitted under one key. */

/** What a key is made of. */
export type Scalar = string | number | boolean;

/** Keys group: `1` and `"1"` are different keys, and every array of scalars is one key. */
export type Key = Scalar | readonly Scalar[];

/** Hands one value to the reduce of `key`. Valid only while its record is being mapped. */
export type Emit<V> = (key: Key, value: V) => void;

/**
 * A reduce that can be split: `merge` joins what `add` gathered elsewhere, so that mappers combine before anything is
 * sent. States are JSON data; `add` and `merge` may change their first argument and return it. The result must not
 * depend on how values were split and ordered: that is what makes it the same on every run.
 */
export interface Aggregate<V, S, O> {
  readonly zero: () => S;
  readonly add: (state: S, value: V) => S;
  readonly merge: (a: S, b: S) => S;
  readonly finish: (state: S) => O;
}

/**
 * Maps one record: calls `emit`, or is a generator that yields `[key, value]`. `emit` is the faster of the two. It is
 * synchronous and remembers nothing from one record to the next.
 */
export type MapFunction<R, V> = (record: R, emit: Emit<V>) => void | Iterator<readonly [Key, V]>;

/**
 * Reduces all values of one key at once, sorted by their JSON text, for what no aggregate can say. TypeScript learns
 * the values' type from annotations: of both parameters here, or of `emit: Emit<V>` in the map.
 */
export type ReduceFunction<V, O> = (key: Key, values: readonly V[]) => O;

/** What a user writes. */
export interface ProgramDefinition<R, V, S, O> {
  readonly map: MapFunction<R, V>;
  readonly reduce: Aggregate<V, S, O> | ReduceFunction<V, O>;
}

/** A definition whose types are forgotten: what runs it passes data of any kind and checks what comes back. */
export type AnyDefinition = ProgramDefinition<unknown, unknown, unknown, unknown>;

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

/** What {@link program} marks its objects with. */
export const programMark = "program/1";

/** The global under which a bundled program's script leaves its program. */
export const programName = "sealfoldProgram";

/**
 * Makes the default export of a program's file.
 * @param url - `import.meta.url`, so that the library finds the file whose bytes are measured
 * @throws {TypeError} when `map` is not a function, or `reduce` neither a function nor an aggregate
 * @example
 * export default program(import.meta.url, {
 *   map(line: string, emit) { emit(line.length, 1); },
 *   reduce: sum,
 * });
 */
export function program<R, V, S, O>(url: string, definition: ProgramDefinition<R, V, S, O>): Program<R, O> {
  if (typeof url !== "string") throw new TypeError(`"url" expected import.meta.url, got ${typeof url}`);
  if (typeof definition?.map !== "function") throw new TypeError(`"map" expected a function`);
  if (typeof definition.reduce !== "function" && !isAggregate(definition.reduce)) {
    throw new TypeError(`"reduce" expected a function, or an aggregate { zero, add, merge, finish }`);
  }
  return { sealfold: programMark, url, definition: definition as unknown as AnyDefinition };
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
