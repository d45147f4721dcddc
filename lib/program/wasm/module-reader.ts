/**
 * Reads what a module is made of (WebAssembly 2.0, §5.5), section by section, in time and memory that its size bounds.
 * What sealfold does not allow is refused here; whether the rest is valid is for V8 to say, which reads it again.
 */

import { ByteReader } from "./byte-reader.ts";
import { readReferenceType, readValueType, walkInstructions } from "./instructions.ts";

/** A module's greatest size in bytes. */
export const maxModuleBytes: number = 16 * 2 ** 20;

/** Kinds of imports and exports, by their number. */
export const kinds = ["function", "table", "memory", "global", "tag"] as const;

export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: (typeof kinds)[number];
  /** Of a function. */
  readonly type: number;
}

export interface ModuleExport {
  readonly name: string;
  readonly kind: (typeof kinds)[number];
  readonly index: number;
}

/** The least and, where it is said, the greatest size of a memory or table. */
export interface Bounds {
  readonly min: number;
  readonly max: number | undefined;
}

/** A section as it stands in the module. */
export interface Section {
  readonly id: number;
  /** From the section's id on. */
  readonly from: number;
  readonly to: number;
}

/** What a module is made of, as far as sealfold looks at it. */
export class ModuleParts {
  readonly imports: ModuleImport[] = [];
  readonly exports: ModuleExport[] = [];
  readonly memories: Bounds[] = [];
  readonly tables: Bounds[] = [];
  /** To be kept, in their order. */
  readonly sections: Section[] = [];
  /** The type of each function, imported ones first. */
  readonly functions: number[] = [];
  /** Where each type's parameters are. */
  readonly #types: number[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  addType(at: number): void {
    this.#types.push(at);
  }

  /** @returns the types of a function's parameters and results, undefined where there is no such type */
  signature(type: number | undefined): readonly [params: readonly number[], results: readonly number[]] | undefined {
    const at = type === undefined ? undefined : this.#types[type];
    if (at === undefined) return undefined;
    const reader = new ByteReader(this.#bytes, at);
    return [readTypes(reader), readTypes(reader)];
  }
}

type SectionReader = (reader: ByteReader, parts: ModuleParts) => void;

const startSection = 8;

/** Sections that a module may have, in their order, with what reads them. */
const sectionReaders: ReadonlyMap<number, SectionReader> = new Map<number, SectionReader>([
  [1, each(65_536, "types", readFunctionType)],
  [2, each(1024, "imports", readImport)],
  [3, each(262_144, "functions", (reader, { functions }) => void functions.push(reader.u32()))],
  [4, each(16, "tables", readTable)],
  [5, each(1024, "memories", (reader, { memories }) => void memories.push(readBounds(reader)))],
  [6, each(262_144, "globals", readGlobal)],
  [7, each(65_536, "exports", readExport)],
  [9, each(262_144, "lists of elements", readElements)],
  [12, (reader) => void reader.u32()],
  [10, each(262_144, "functions", readCode)],
  [11, each(262_144, "pieces of data", readData)],
]);

const order = [...sectionReaders.keys()];

/**
 * @returns the parts of a module, of which nothing is forbidden in itself
 * @throws {SealfoldError} PROGRAM_REFUSED with the place
 */
export function readModule(bytes: Uint8Array): ModuleParts {
  const reader = new ByteReader(bytes);
  if (bytes.length > maxModuleBytes) reader.refuse(`a module has at most ${maxModuleBytes} bytes`);
  if (!isModule(bytes)) reader.refuse("this is no WebAssembly module of version 1");
  reader.skip(8);
  const parts = new ModuleParts(bytes);
  let last = -1;
  while (!reader.isDone) {
    const from = reader.at;
    const id = reader.byte();
    const content = reader.part(reader.u32());
    const section = { id, from, to: reader.at };
    if (id === 0) {
      // What V8 may show in a stack; nothing else that is not standard reaches it.
      if (content.name() === "name") parts.sections.push(section);
      continue;
    }
    const place = order.indexOf(id);
    if (place === -1) refuseSection(content, id);
    if (place <= last) content.refuse(`section ${id} is there twice, or out of order`);
    last = place;
    sectionReaders.get(id)?.(content, parts);
    if (!content.isDone) content.refuse(`section ${id} is longer than what is in it`);
    parts.sections.push(section);
  }
  return parts;
}

/** @returns whether bytes begin as a module does: `\0asm`, version 1. */
export function isModule(bytes: Uint8Array): boolean {
  return [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].every((byte, at) => bytes[at] === byte);
}

function refuseSection(content: ByteReader, id: number): never {
  if (id === startSection) content.refuse("a start section is not allowed: export its function as _initialize");
  return content.refuse(id === 13 ? "exceptions are not allowed" : `there is no section ${id}`);
}

function each(most: number, what: string, read: SectionReader): SectionReader {
  return (reader, parts) => {
    for (let left = reader.count(most, what); left > 0; left--) read(reader, parts);
  };
}

function readFunctionType(reader: ByteReader, parts: ModuleParts): void {
  if (reader.byte() !== 0x60) reader.refuse("types other than those of functions are not allowed");
  parts.addType(reader.at);
  readTypes(reader);
  readTypes(reader);
}

function readTypes(reader: ByteReader): readonly number[] {
  return Array.from({ length: reader.count(1000, "values") }, () => readValueType(reader));
}

function readImport(reader: ByteReader, parts: ModuleParts): void {
  const [module, name] = [reader.name(), reader.name()];
  const kind = readKind(reader);
  const type = kind === "function" ? reader.u32() : 0;
  parts.imports.push({ module, name, kind, type });
  if (kind === "function") parts.functions.push(type);
  else skipImported(reader, kind);
}

/** What is said of an import that is no function: it is refused later, by its name. */
function skipImported(reader: ByteReader, kind: (typeof kinds)[number]): void {
  if (kind === "table") {
    reader.byte();
    readSize(reader);
  } else if (kind === "memory") readSize(reader);
  else reader.skip(2);
}

function readKind(reader: ByteReader): (typeof kinds)[number] {
  return kinds[reader.byte()] ?? reader.refuse("there is no such kind of import or export");
}

function readTable(reader: ByteReader, parts: ModuleParts): void {
  readReferenceType(reader);
  const bounds = readBounds(reader);
  parts.tables.push(bounds);
}

function readBounds(reader: ByteReader): Bounds {
  const { flags, ...bounds } = readSize(reader);
  if ((flags & 2) !== 0) reader.refuse("shared memory is not allowed");
  if (flags > 1) reader.refuse("memories and tables of 64 bits are not allowed");
  return bounds;
}

function readSize(reader: ByteReader): Bounds & { readonly flags: number } {
  const flags = reader.byte();
  const min = reader.u32();
  return { flags, min, max: (flags & 1) === 0 ? undefined : reader.u32() };
}

function readGlobal(reader: ByteReader): void {
  readValueType(reader);
  if (reader.byte() > 1) reader.refuse("a global is neither constant nor variable");
  walkInstructions(reader);
}

function readExport(reader: ByteReader, parts: ModuleParts): void {
  parts.exports.push({ name: reader.name(), kind: readKind(reader), index: reader.u32() });
}

/** Bit 0: not put in a table at once; bit 1: says which table, or that it is never used; bit 2: values, not indices. */
function readElements(reader: ByteReader): void {
  const flags = reader.u32();
  if (flags > 7) reader.refuse("there is no such kind of elements");
  if ((flags & 1) === 0) {
    if ((flags & 2) !== 0) reader.u32();
    walkInstructions(reader);
  }
  const isValues = (flags & 4) !== 0;
  if ((flags & 3) !== 0) {
    if (isValues) readReferenceType(reader);
    else if (reader.byte() !== 0) reader.refuse("there is no such kind of elements");
  }
  for (let left = reader.count(1_000_000, "elements"); left > 0; left--) {
    if (isValues) walkInstructions(reader);
    else reader.u32();
  }
}

function readCode(reader: ByteReader): void {
  const body = reader.part(reader.u32());
  for (let left = body.count(50_000, "kinds of locals"); left > 0; left--) {
    body.u32();
    readValueType(body);
  }
  walkInstructions(body);
  if (!body.isDone) body.refuse("a function goes on behind its end");
}

function readData(reader: ByteReader): void {
  const kind = reader.u32();
  if (kind > 2) reader.refuse("there is no such kind of data");
  if (kind === 2 && reader.u32() !== 0) reader.refuse("several memories are not allowed");
  if (kind !== 1) walkInstructions(reader);
  reader.skip(reader.u32());
}
