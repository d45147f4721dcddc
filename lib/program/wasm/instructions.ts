/**
 * Walks instructions, to find those that a program may not have (WebAssembly 2.0, §5.4). Whether the rest is valid is for
 * V8 to say; what is here must only never lose its place in code that is.
 */

import type { ByteReader } from "./byte-reader.ts";

const end = 0x0b;
const functionReference = 0x70;

/** Proposals that are refused, by the first byte of their instructions. */
const refusedBytes: ReadonlyMap<number, string> = new Map([
  ...[0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f].map((byte) => [byte, "exceptions"] as const),
  ...[0x12, 0x13].map((byte) => [byte, "tail calls"] as const),
  ...[0x14, 0x15, 0xd3, 0xd4, 0xd5, 0xd6].map((byte) => [byte, "typed references"] as const),
  [0xfb, "garbage collection"],
  [0xfe, "threads"],
]);

/** Reads a type of a value, which must be a number, a vector or a reference to a function. */
export function readValueType(reader: ByteReader): number {
  const type = reader.byte();
  if ((type < 0x7b || type > 0x7f) && type !== functionReference) {
    reader.refuse(`a type that is not allowed (0x${type.toString(16)})`);
  }
  return type;
}

/** Reads the type of a table's elements. */
export function readReferenceType(reader: ByteReader): void {
  if (reader.byte() !== functionReference) reader.refuse("references are allowed to functions only");
}

/** Walks to the end of a function's body or of an initial value, and over it. */
export function walkInstructions(reader: ByteReader): void {
  for (let depth = 1; depth > 0;) {
    const instruction = reader.byte();
    if (instruction === end) depth--;
    else if (instruction >= 0x02 && instruction <= 0x04) {
      skipBlockType(reader);
      depth++;
    } else skipRest(reader, instruction);
  }
}

/** Skips what follows the first byte of an instruction. */
function skipRest(reader: ByteReader, instruction: number): void {
  if ((instruction >= 0x45 && instruction <= 0xc4) || instruction === 0x1a || instruction === 0x1b) return;
  if (instruction >= 0x28 && instruction <= 0x3e) return skipMemoryPlace(reader);
  if (instruction >= 0x20 && instruction <= 0x26) return void reader.u32();
  switch (instruction) {
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case 0x0f: // return
    case 0xd1: // ref.is_null
      return;
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x10: // call
    case 0xd2: // ref.func
      return void reader.u32();
    case 0x0e:
      return skipBranches(reader);
    case 0x11: // call_indirect
      return skipNumbers(reader, 2);
    case 0x1c:
      return skipTypes(reader);
    case 0x3f: // memory.size
    case 0x40: // memory.grow
      return expectFirst(reader);
    case 0x41:
      return reader.skipSigned(32);
    case 0x42:
      return reader.skipSigned(64);
    case 0x43:
      return reader.skip(4);
    case 0x44:
      return reader.skip(8);
    case 0xd0:
      return readReferenceType(reader);
    case 0xfc:
      return skipBulk(reader);
    case 0xfd:
      return skipVector(reader);
    default:
      return refuseInstruction(reader, instruction);
  }
}

/** Saturating conversions, and work on many bytes or elements at once. */
function skipBulk(reader: ByteReader): void {
  const instruction = reader.u32();
  if (instruction <= 7) return;
  switch (instruction) {
    case 8: // memory.init
      reader.u32();
      return expectFirst(reader);
    case 10: // memory.copy
      expectFirst(reader);
      return expectFirst(reader);
    case 11: // memory.fill
      return expectFirst(reader);
    case 9: // data.drop
    case 13: // elem.drop
    case 15: // table.grow
    case 16: // table.size
    case 17: // table.fill
      return void reader.u32();
    case 12: // table.init
    case 14: // table.copy
      return skipNumbers(reader, 2);
    default:
      return reader.refuse(`an instruction that is not allowed (0xfc ${instruction})`);
  }
}

/** Vectors of 128 bits. */
function skipVector(reader: ByteReader): void {
  const instruction = reader.u32();
  if (instruction > 0xff) reader.refuse(`an instruction that is not allowed (relaxed SIMD, 0xfd ${instruction})`);
  if (instruction <= 0x0b || instruction === 0x5c || instruction === 0x5d) return skipMemoryPlace(reader);
  if (instruction === 0x0c || instruction === 0x0d) return reader.skip(16);
  if (instruction >= 0x15 && instruction <= 0x22) return reader.skip(1);
  if (instruction >= 0x54 && instruction <= 0x5b) {
    skipMemoryPlace(reader);
    reader.skip(1);
  }
}

/** The place in memory of a load or store: how it is aligned, and an offset. */
function skipMemoryPlace(reader: ByteReader): void {
  // From 64 on the index of a memory follows.
  if (reader.u32() >= 64) reader.refuse("several memories are not allowed");
  reader.u32();
}

/** The index of the one memory. */
function expectFirst(reader: ByteReader): void {
  if (reader.byte() !== 0) reader.refuse("several memories are not allowed");
}

function skipBlockType(reader: ByteReader): void {
  const first = reader.peek();
  if (first === 0x40) reader.skip(1);
  else if (first > 0x40 && first < 0x80) readValueType(reader);
  else reader.skipSigned(33);
}

function skipBranches(reader: ByteReader): void {
  skipNumbers(reader, reader.count(Infinity, "branches") + 1);
}

function skipTypes(reader: ByteReader): void {
  for (let left = reader.count(Infinity, "types"); left > 0; left--) readValueType(reader);
}

function skipNumbers(reader: ByteReader, count: number): void {
  for (let left = count; left > 0; left--) reader.u32();
}

function refuseInstruction(reader: ByteReader, instruction: number): never {
  const proposal = refusedBytes.get(instruction);
  const hex = `0x${instruction.toString(16).padStart(2, "0")}`;
  return reader.refuse(`an instruction that is not allowed (${proposal === undefined ? hex : `${proposal}, ${hex}`})`);
}
