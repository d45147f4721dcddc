/** Writes a module anew with the bounds that the policy sets its memory and its tables. */

import { SealfoldError } from "../../errors.ts";
import { refuse } from "./byte-reader.ts";
import type { CheckedModule } from "./check-module.ts";
import type { Bounds } from "./module-reader.ts";

/** Bytes of a page of memory. */
export const pageBytes: number = 65_536;

/** Pages that a memory can have at all. */
export const maxPages: number = 65_536;

/** Elements that a table may have. */
export const maxTable: number = 65_536;

const tableSection = 4;
const memorySection = 5;

/**
 * @param pages - the most that the module's memory may grow to
 * @returns the module with that bound, without custom sections that nothing here reads
 * @throws {SealfoldError} LIMIT_MEMORY when it begins with more; PROGRAM_REFUSED when a table does
 */
export function boundModule({ bytes, parts }: CheckedModule, pages: number): Uint8Array<ArrayBuffer> {
  const memory = parts.memories.map((bounds) => boundTo(bounds, Math.min(pages, maxPages)));
  const tables = parts.tables.map((bounds) => boundTo(bounds, maxTable));
  if (memory.some(({ min }) => min > pages)) {
    throw new SealfoldError("LIMIT_MEMORY", `the module's memory begins with more than ${pages} pages of 64 KiB`);
  }
  if (tables.some(({ min }) => min > maxTable)) refuse(`a table has at most ${maxTable} elements`);
  const written = parts.sections.map(({ id, from, to }) => {
    if (id === memorySection) return sectionOf(id, memory.map(boundsBytes));
    if (id === tableSection)
      return sectionOf(
        id,
        tables.map((bounds) => [0x70, ...boundsBytes(bounds)]),
      );
    return bytes.subarray(from, to);
  });
  return Uint8Array.from(Buffer.concat([bytes.subarray(0, 8), ...written]));
}

interface Bounded {
  readonly min: number;
  readonly max: number;
}

function boundTo({ min, max }: Bounds, most: number): Bounded {
  return { min, max: max === undefined ? most : Math.min(max, most) };
}

function boundsBytes({ min, max }: Bounded): readonly number[] {
  return [1, ...u32(min), ...u32(max)];
}

function sectionOf(id: number, elements: readonly (readonly number[])[]): Uint8Array {
  const content = [...u32(elements.length), ...elements.flat()];
  return Uint8Array.from([id, ...u32(content.length), ...content]);
}

/** LEB128 (WebAssembly 2.0, §5.2.2). */
function u32(value: number): readonly number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low + 128, ...u32(Math.floor(value / 128))];
}
