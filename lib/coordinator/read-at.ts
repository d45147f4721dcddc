/** Bytes of an open file, by position. */

import type { FileHandle } from "node:fs/promises";

import { unwrittenBytes } from "../crypto/memory.ts";

/** @returns `length` bytes from `start` on, or fewer where the file ends */
export async function readAt(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = unwrittenBytes(length);
  let used = 0;
  while (used < length) {
    const { bytesRead } = await file.read(bytes, used, length - used, start + used);
    if (bytesRead === 0) return bytes.slice(0, used);
    used += bytesRead;
  }
  return bytes;
}
