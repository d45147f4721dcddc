/** Writes modules byte by byte, so that tests can make every kind of them, those that no tool would make too. */

import { expect } from "chai";

import { SealfoldError } from "../../../lib/errors.ts";
import { abiModule } from "../../../lib/program/wasm/abi.ts";
import { boundModule } from "../../../lib/program/wasm/bound-module.ts";
import { checkModule } from "../../../lib/program/wasm/check-module.ts";

export type Bytes = readonly number[];

export const i32 = 0x7f;
export const f64 = 0x7c;

/** Unsigned LEB128. */
export function u32(value: number): Bytes {
  return value < 128 ? [value] : [(value % 128) + 128, ...u32(Math.floor(value / 128))];
}

/** Signed LEB128 of a number of 32 bits. */
export function s32(value: number): Bytes {
  const low = value & 0x7f;
  const rest = value >> 7;
  return (rest === 0 && low < 64) || (rest === -1 && low >= 64) ? [low] : [low | 0x80, ...s32(rest)];
}

export function name(text: string): Bytes {
  const bytes = new TextEncoder().encode(text);
  return [...u32(bytes.length), ...bytes];
}

export function vector(elements: readonly Bytes[]): Bytes {
  return [...u32(elements.length), ...elements.flat()];
}

export function section(id: number, content: Bytes): Bytes {
  return [id, ...u32(content.length), ...content];
}

export function functionType(params: Bytes, results: Bytes): Bytes {
  return [0x60, ...u32(params.length), ...params, ...u32(results.length), ...results];
}

/** A function's body: its locals, by type, and its instructions without the last end. */
export function body(code: Bytes, locals: Bytes = []): Bytes {
  const content = [...vector(locals.map((type) => [1, type])), ...code, 0x0b];
  return [...u32(content.length), ...content];
}

/** Instructions by name, as far as tests write them. */
export const op = {
  unreachable: [0x00],
  constant: (value: number): Bytes => [0x41, ...s32(value)],
  /** A double. */
  number: (value: number): Bytes => [0x44, ...new Uint8Array(new Float64Array([value]).buffer)],
  get: (local: number): Bytes => [0x20, ...u32(local)],
  call: (index: number): Bytes => [0x10, ...u32(index)],
  /** Runs `code` for ever. */
  loop: (code: Bytes = []): Bytes => [0x03, 0x40, ...code, 0x0c, 0x00, 0x0b],
  drop: [0x1a],
} as const;

/** A function of the module: its type, and its body. */
export interface FunctionParts {
  readonly type: Bytes;
  readonly body: Bytes;
  readonly export?: string;
}

export type FunctionImport = readonly [name: string, type: Bytes, module?: string];

/** What a test's module is made of. */
export interface Parts {
  /** Functions of the interface, by name, or of another module, or whole imports. */
  readonly imports?: readonly (FunctionImport | Bytes)[];
  readonly functions?: readonly FunctionParts[];
  /** Limits of the memory, with their flags. */
  readonly memory?: Bytes;
  readonly exports?: readonly Bytes[];
  /** Whole sections that are put in, by the number that they are to stand before. */
  readonly extra?: ReadonlyMap<number, Bytes>;
}

export const types = {
  map: functionType([i32, i32], [i32]),
  allocate: functionType([i32], [i32]),
  aggregate: functionType([], [i32]),
  combine: functionType([i32, i32, i32, i32], []),
  emit: functionType([i32, i32, f64], []),
  twoNumbers: functionType([i32, i32], []),
  nothing: functionType([], []),
} as const;

export const memoryExported: Bytes = [...name("memory"), 2, 0];

/** @returns a module's bytes */
export function moduleOf(parts: Parts): Uint8Array {
  const { imports = [], functions = [], memory = [0, 1], exports = [memoryExported], extra = new Map() } = parts;
  const ofInterface = imports.filter((line): line is FunctionImport => typeof line[0] === "string");
  const functionTypes = [...ofInterface.map(([, type]) => type), ...functions.map(({ type }) => type)];
  const lines = imports.map((line) => {
    if (typeof line[0] !== "string") return line as Bytes;
    const type = ofInterface.indexOf(line as FunctionImport);
    return [...name((line as FunctionImport)[2] ?? abiModule), ...name(line[0]), 0, ...u32(type)];
  });
  const named = functions.flatMap(({ export: exported }, at) =>
    exported === undefined ? [] : [[...name(exported), 0, ...u32(ofInterface.length + at)]],
  );
  const sections: readonly (readonly [number, Bytes])[] = [
    [1, vector(functionTypes)],
    [2, vector(lines)],
    [3, vector(functions.map((_, at) => u32(ofInterface.length + at)))],
    [4, []],
    [5, memory.length === 0 ? [] : vector([memory])],
    [6, []],
    [7, vector([...exports, ...named])],
    [8, []],
    [9, []],
    [10, vector(functions.map(({ body }) => body))],
    [11, []],
    [12, []],
  ];
  const written = sections.flatMap(([id, content]) => [
    ...(extra.get(id) ?? []),
    ...(content.length === 0 ? [] : section(id, content)),
  ]);
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...written]);
}

/** Where what the runtime hands over is put; keys that tests emit lie at 16. */
export const allocated = 65_536;

/** What a program needs besides its map: memory of ten pages, and an aggregate by its number. */
export function programFunctions(
  map: Bytes,
  options: { aggregate?: number; chunk?: boolean; locals?: Bytes } = {},
): FunctionParts[] {
  const { aggregate = 1, chunk = false, locals = [] } = options;
  return [
    { type: types.allocate, body: body(op.constant(allocated)), export: "allocate" },
    { type: types.aggregate, body: body(op.constant(aggregate)), export: "aggregate" },
    { type: types.map, body: body(map, locals), export: chunk ? "map_chunk" : "map" },
  ];
}

/** A program that emits 1 under each line, and counts. */
export function goodParts(): Parts {
  return {
    imports: [["emit", types.emit]],
    functions: programFunctions([...op.get(0), ...op.get(1), ...op.number(1), ...op.call(0), ...op.constant(0)]),
    memory: [0, 10],
  };
}

/** V8's WebAssembly: Node's types do not have it. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
  validate(bytes: Uint8Array): boolean;
}
export const engine: Engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;

/** @returns the error with which the module is refused */
export function refused(bytes: Uint8Array, message: string): SealfoldError {
  let caught: unknown;
  try {
    boundModule(checkModule(bytes), 65_536);
  } catch (error) {
    caught = error;
  }
  if (!(caught instanceof SealfoldError)) throw new Error(`expected a refusal: ${message}`, { cause: caught });
  expect(caught.code).to.equal("PROGRAM_REFUSED");
  expect(caught.message).to.contain(message);
  return caught;
}

/** @returns where `part` begins in `bytes`, or -1 */
export function indexOf(bytes: Uint8Array, part: Bytes): number {
  return Buffer.from(bytes).indexOf(Buffer.from(part));
}
