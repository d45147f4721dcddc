/** Files for readers to read, in a folder that is removed afterwards, and what readers make of them. */

import { closeSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type { ChunkOptions, Input, PlainChunk } from "../../lib/data/input.ts";
import { type ErrorPlace, SealfoldError } from "../../lib/errors.ts";

export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), "sealfold-data-"));

  /** @returns the file's path */
  write(name: string, content: string | Uint8Array): string {
    const path = this.at(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  at(name: string): string {
    return join(this.path, name);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** @returns how many of its files are open in this process, or 0 where that cannot be known */
  countOpen(): number {
    if (process.platform !== "linux") return 0;
    const links = readdirSync("/proc/self/fd").map((fd) => linkOf(`/proc/self/fd/${fd}`));
    return links.filter((link) => link.startsWith(this.path)).length;
  }
}

export async function chunksOf(input: Input<unknown>, options?: ChunkOptions): Promise<PlainChunk[]> {
  const chunks: PlainChunk[] = [];
  for await (const chunk of input.chunks(options)) chunks.push(chunk);
  return chunks;
}

export async function textOf(input: Input<unknown>, options?: ChunkOptions): Promise<string> {
  return (await chunksOf(input, options)).map(({ bytes }) => Buffer.from(bytes).toString()).join("");
}

/** Reads what is left. */
export async function drain(reading: AsyncGenerator): Promise<void> {
  while ((await reading.next()).done !== true);
}

export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly place: ErrorPlace;
}

/** @returns the condition with which reading ends, which must be one */
export async function faultOf(reading: Promise<unknown>): Promise<Fault> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof SealfoldError) return { code: error.code, message: error.message, place: error.place };
    throw error;
  }
  throw new Error("expected a SealfoldError");
}

/** Closes when the reader has had time to open its side. */
export function closeLater(fd: number): void {
  setImmediate(() => closeSync(fd));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // The descriptor of the folder itself, closed by now.
    return "";
  }
}
