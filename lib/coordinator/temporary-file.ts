/**
 * A file that nobody else finds. It loses its name as soon as it is open, so that the system takes its room back
 * whenever it is closed, at the latest when the process is gone. On Windows a file that loses its name while it is open
 * goes when it is closed; where the system refuses that, it is removed after it was closed, and only a process that was
 * killed leaves it behind.
 */

import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { toHex } from "../crypto/bytes.ts";
import { systemRandom } from "../crypto/random.ts";
import { readInto } from "./read-at.ts";

/** Bytes by position. What fails, fails with the system's own error. */
export interface TemporaryFile {
  /** @returns `bytes`, filled with what stands from `start` on, or so many of them as the file has */
  read(start: number, bytes: Uint8Array): Promise<Uint8Array>;
  write(start: number, bytes: Uint8Array): Promise<void>;
  /** Lets the system have the room beyond `length` bytes. */
  shorten(length: number): Promise<void>;
  close(): Promise<void>;
}

/** @param folder - the system's for temporary files, unless told */
export async function openTemporaryFile(folder: string = tmpdir()): Promise<TemporaryFile> {
  const path = join(folder, `sealfold-${toHex(systemRandom(16))}`);
  const file = await open(path, "wx+", 0o600);
  const isGone = await rm(path).then(
    () => true,
    () => false, // a system that keeps the name of an open file
  );
  return {
    read: (start, bytes) => readInto(file, start, bytes),
    write: (start, bytes) => writeAt(file, start, bytes),
    shorten: (length) => file.truncate(length),
    close: async () => {
      await file.close();
      if (!isGone) await rm(path, { force: true });
    },
  };
}

async function writeAt(file: FileHandle, start: number, bytes: Uint8Array): Promise<void> {
  for (let used = 0; used < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, used, bytes.length - used, start + used);
    used += bytesWritten;
  }
}
