/**
 * The built-in functions that the engine uses, taken before a program runs, so that nothing a program does to them
 * reaches the engine. The engine calls no method of a shared prototype, iterates nothing, and adds elements only to
 * {@link list}s: a setter that a program puts on `Array.prototype` or `Object.prototype` never sees an engine's object.
 */

const text = String.prototype;
const array = Array.prototype;
const bytes = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
const { create } = Object;
const TableConstructor = Map;
const BytesConstructor = Uint8Array;
const BufferConstructor = ArrayBuffer;
const IntsConstructor = Int32Array;
const FloatsConstructor = Float64Array;
const ViewConstructor = DataView;
const TypeErrorConstructor = TypeError;
const RangeErrorConstructor = RangeError;

export const apply: typeof Reflect.apply = Reflect.apply;
export const freeze: <Value>(value: Value) => Readonly<Value> = Object.freeze;
export const setPrototypeOf: typeof Reflect.setPrototypeOf = Reflect.setPrototypeOf;
export const fromCharCode: typeof String.fromCharCode = String.fromCharCode;
export const getOwnPropertyDescriptor: typeof Reflect.getOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor;
export const getPrototypeOf: typeof Reflect.getPrototypeOf = Reflect.getPrototypeOf;
export const isArray: typeof Array.isArray = Array.isArray;
export const keys: (value: object) => string[] = Object.keys;
export const defineProperty: typeof Reflect.defineProperty = Reflect.defineProperty;
export const parse: (text: string) => unknown = JSON.parse;
export const stringify: (text: string) => string = JSON.stringify;
export const iterator: typeof Symbol.iterator = Symbol.iterator;
export const imul: typeof Math.imul = Math.imul;
export const clz32: typeof Math.clz32 = Math.clz32;
export const objectPrototype: object = Object.prototype;
/** Called as a function it makes a number of a string. */
export const toNumber: (text: string) => number = Number;

export const charCodeAt: (self: string, at: number) => number = uncurry(text.charCodeAt);
export const indexOf: (self: string, part: string, from: number) => number = uncurry(text.indexOf);
export const isWellFormed: (self: string) => boolean = uncurry("isWellFormed" in text ? text.isWellFormed : undefined);
export const slice: (self: string, from: number, to?: number) => string = uncurry(text.slice);
export const sort: (self: string[]) => string[] = uncurry(array.sort);
export const join: (self: readonly string[], separator: string) => string = uncurry(array.join);
export const toLowerCase: (self: string) => string = uncurry(text.toLowerCase);
/** What is found from `self.lastIndex` on; a method of strings would ask the program's `RegExp.prototype`. */
export const exec: (self: RegExp, text: string) => RegExpExecArray | null = uncurry(RegExp.prototype.exec);
/** Where the first such byte is from `from` on; -1 where there is none. */
export const indexOfByte: (self: Uint8Array, byte: number, from: number) => number = uncurry(bytes.indexOf);
/** Of a typed array, whatever it says of itself; throws for anything else. */
export const lengthOf: (self: Uint8Array) => number = uncurry(Object.getOwnPropertyDescriptor(bytes, "length")?.get);
/** What a typed array lies in. */
export const bufferOf: (self: Uint8Array | Int32Array | Float64Array) => ArrayBuffer = uncurry(
  Object.getOwnPropertyDescriptor(bytes, "buffer")?.get,
);
/** Where in it. */
const offsetOf: (self: Uint8Array) => number = uncurry(Object.getOwnPropertyDescriptor(bytes, "byteOffset")?.get);
/** What kind of typed array `self` is; undefined for anything else. */
export const tagOf: (self: unknown) => string | undefined = uncurry(
  Object.getOwnPropertyDescriptor(bytes, Symbol.toStringTag)?.get,
);
/** Moves `self[from..end)` to `self[to]` and on. */
export const copyWithin: (self: Uint8Array, to: number, from: number, end: number) => void = uncurry(bytes.copyWithin);
/** Copies one typed array to the beginning of another of its kind. */
export const setBytes: <Kind extends Uint8Array | Int32Array | Float64Array>(self: Kind, source: Kind) => void =
  uncurry(bytes.set);

const tableMethods: object = freeze(
  create(null, {
    get: { value: Map.prototype.get },
    set: { value: Map.prototype.set },
  }) as object,
);

/** @returns a map whose methods a program cannot reach. */
export function table<Key, Value>(): Map<Key, Value> {
  const made = new TableConstructor<Key, Value>();
  setPrototypeOf(made, tableMethods);
  return made;
}

/** @returns an array without a prototype: elements are added by `list[list.length] = …`. */
export function list<Element>(): Element[] {
  const made: Element[] = [];
  setPrototypeOf(made, null);
  return made;
}

/** @returns `value`, without a prototype. */
export function bare<Value extends object>(value: Value): Value {
  setPrototypeOf(value, null);
  return value;
}

/** @returns `length` zero bytes, or those of `buffer` from `offset` on. */
export function makeBytes(buffer: ArrayBuffer | number, offset?: number, length?: number): Uint8Array {
  return typeof buffer === "number" ? new BytesConstructor(buffer) : new BytesConstructor(buffer, offset, length);
}

/** @returns `length` zero bytes, to be looked at in several ways. */
export function makeBuffer(length: number): ArrayBuffer {
  return new BufferConstructor(length);
}

/** @returns `length` integers of 32 bits, all 0, or those of `buffer` from the byte `offset` on. */
export function makeInts(buffer: ArrayBuffer | number, offset?: number, length?: number): Int32Array {
  return typeof buffer === "number" ? new IntsConstructor(buffer) : new IntsConstructor(buffer, offset, length);
}

/** Bytes of a page of memory. */
const pageBytes = 4096;

/**
 * @returns `length` integers of 32 bits, all 0, or likewise doubles, for who reads each before writing to it: a page of
 * fresh memory that is read first is one that all share, and only then, as it is written to, one of its own
 */
export function readyInts(length: number): Int32Array {
  const ints = makeInts(length);
  for (let at = 0; at < length; at += pageBytes / 4) ints[at] = 0;
  return ints;
}

export function readyFloats(length: number): Float64Array {
  const floats = makeFloats(length);
  for (let at = 0; at < length; at += pageBytes / 8) floats[at] = 0;
  return floats;
}

/** @returns `length` doubles, all 0, or those in `buffer`. */
export function makeFloats(buffer: ArrayBuffer | number): Float64Array {
  return typeof buffer === "number" ? new FloatsConstructor(buffer) : new FloatsConstructor(buffer);
}

/** Reads bytes four at a time. */
export interface ByteView {
  /** @returns those from `at` on; the first is the lowest where `isLittle` */
  getInt32(at: number, isLittle: true): number;
}

const viewMethods: object = freeze(create(null, { getInt32: { value: DataView.prototype.getInt32 } }) as object);

hasten(viewMethods, new ViewConstructor(new BufferConstructor(0)));

/** @returns a view of the same bytes, whose methods a program cannot reach */
export function makeView(bytes: Uint8Array): ByteView {
  const made = new ViewConstructor(bufferOf(bytes), offsetOf(bytes), lengthOf(bytes));
  setPrototypeOf(made, viewMethods);
  return made;
}

/** @returns an error of this realm, for a program to see. */
export function typeError(message: string): TypeError {
  return new TypeErrorConstructor(message);
}

/** As {@link typeError}. */
export function rangeError(message: string): RangeError {
  return new RangeErrorConstructor(message);
}

/**
 * V8 inlines no function of an object whose properties are in a hash table, as those of `methods` are, until it is a
 * prototype through which code looked a few times.
 */
function hasten(methods: object, heir: object): void {
  setPrototypeOf(heir, methods);
  for (let times = 0; times < 64; times++) void (create(methods) as ByteView).getInt32;
}

/** Makes `this` the first parameter. */
export function uncurry<Result>(method: unknown): Result {
  return Function.prototype.call.bind(method as never) as Result;
}
