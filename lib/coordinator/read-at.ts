/** Bytes of an open file, by position. */

import type { FileHandle } from "node:fs/promises";

import { unwrittenBytes } from "../crypto/memory.ts";

/** @returns `length` bytes from `start` on, or fewer where the file ends */
export function readAt(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  return readInto(file, start, unwrittenBytes(length));
}

/** @returns `bytes`, filled with what stands from `start` on, or so many of them as the file has */
export async function readInto(file: FileHandle, start: number, bytes: Uint8Array): Promise<Uint8Array> {
  for (let used = 0; used < bytes.length;) {
    const { bytesRead } = await file.read(bytes, used, bytes.length - used, start + used);
    if (bytesRead === 0) return bytes.subarray(0, used);
    used += bytesRead;
  }
  return bytes;
}
