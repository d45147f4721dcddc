/** Where bytes come from: files, pipes and the standard input, each a stream of blocks. */

import { constants, createReadStream } from "node:fs";
import { access, type FileHandle, open, stat } from "node:fs/promises";
import type { Readable } from "node:stream";

import { SealfoldError } from "../errors.ts";
import type { FileMark } from "./input.ts";
import { expandPath, fileFault } from "./paths.ts";

/** One file. */
export interface Source {
  /** As the user wrote it. */
  readonly name: string;
  /** Undefined where that is not known beforehand: such a source can be read once only. */
  readonly size: number | undefined;
  /** When it was last written to, in milliseconds since 1970. */
  readonly modified?: number;
  /** @returns how many bytes stand in the file before the first block, once that was given. Default: none */
  readonly skipped?: () => number;
  /**
   * The file. A block is valid until the next is asked for.
   * @param room - gives memory that the next block may be read into; undefined where there is none just now
   * @param from - bytes that are left out, where the size is known
   * @throws {SealfoldError} DATA_FILE, CANCELLED
   */
  blocks(signal: AbortSignal | undefined, room?: BlockRoom, from?: number): AsyncGenerator<Buffer>;
}

/** Whoever takes blocks may say where: then nothing has to be copied. */
export type BlockRoom = () => Buffer | undefined;

/** File names, perhaps with wildcards (see `data/paths.ts`); `-` is the standard input. */
export type Paths = string | readonly string[];

const blockBytes = 1024 * 1024;
const byteOrderMark = Buffer.of(0xef, 0xbb, 0xbf);
const standardInput = "-";

/** @throws {TypeError} unless `paths` are names, and at least one, and the standard input at most once */
export function expectPaths(paths: Paths): readonly string[] {
  const list: readonly unknown[] = typeof paths === "string" ? [paths] : paths;
  if (!Array.isArray(list) || list.length === 0) throw new TypeError('"paths" expected a file name or several');
  const names = list.map((name) => {
    if (typeof name === "string" && name !== "") return name;
    throw new TypeError(`"paths" expected file names, got ${name === "" ? "an empty one" : typeof name}`);
  });
  if (names.filter((name) => name === standardInput).length > 1) {
    throw new TypeError('"paths" expected "-" at most once: the standard input can be read once only');
  }
  return names;
}

/**
 * Finds all files before any is read, in the order of their names; one that is named twice is read twice.
 * @throws {SealfoldError} DATA_FILE when one is missing, a folder, or not to be read
 */
export async function findSources(paths: readonly string[]): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    if (path === standardInput) {
      sources.push({
        name: "standard input",
        size: undefined,
        blocks: (signal) => streamBlocks("standard input", process.stdin, signal),
      });
    } else for (const file of await expandPath(path)) sources.push(await findSource(file));
  }
  return sources;
}

/** @throws {SealfoldError} as `findSources` */
export async function marksOf(paths: readonly string[]): Promise<readonly FileMark[]> {
  return (await findSources(paths)).map(({ name, size = null, modified }) => {
    return { name, size, modified: modified === undefined ? null : Math.floor(modified) };
  });
}

/** The same source without a UTF-8 byte order mark. */
export function withoutMark(source: Source): Source {
  let skipped = 0;
  const skip = (bytes: number): void => void (skipped = bytes);
  return {
    ...source,
    skipped: () => skipped,
    blocks: (signal, room, from = 0) =>
      from > 0 ? source.blocks(signal, room, from) : skipMark(source.blocks(signal, room), skip),
  };
}

/**
 * @returns bytes of the UTF-8 byte order mark at the beginning of a file
 * @throws {SealfoldError} DATA_FILE
 */
export async function markLength(file: string): Promise<number> {
  const head = Buffer.alloc(byteOrderMark.length);
  const handle = await openFile(file);
  try {
    await readInto(handle, { buffer: head, file, at: 0 });
  } finally {
    await handle.close();
  }
  return head.equals(byteOrderMark) ? byteOrderMark.length : 0;
}

async function findSource(file: string): Promise<Source> {
  try {
    const status = await stat(file);
    if (status.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    await access(file, constants.R_OK);
    const { size, mtimeMs: modified } = status;
    if (status.isFile()) return { name: file, size, modified, blocks: (...how) => fileBlocks(file, ...how) };
  } catch (cause) {
    throw fileFault(file, cause);
  }
  const blocks = (signal: AbortSignal | undefined): AsyncGenerator<Buffer> =>
    streamBlocks(file, createReadStream(file, { highWaterMark: blockBytes }), signal);
  return { name: file, size: undefined, blocks };
}

async function* fileBlocks(
  file: string,
  signal: AbortSignal | undefined,
  room?: BlockRoom,
  from = 0,
): AsyncGenerator<Buffer> {
  expectRunning(signal);
  const handle = await openFile(file);
  try {
    let own: Buffer | undefined;
    for (let at = from; ;) {
      expectRunning(signal);
      const buffer = room?.() ?? (own ??= Buffer.allocUnsafeSlow(blockBytes));
      const length = await readInto(handle, { buffer, file, at });
      if (length === 0) return;
      at += length;
      yield buffer.subarray(0, length);
    }
  } finally {
    await handle.close();
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, "r");
  } catch (cause) {
    throw fileFault(file, cause);
  }
}

interface FileRead {
  readonly buffer: Buffer;
  readonly file: string;
  readonly at: number;
}

async function readInto(handle: FileHandle, { buffer, file, at }: FileRead): Promise<number> {
  try {
    return (await handle.read(buffer, 0, buffer.length, at)).bytesRead;
  } catch (cause) {
    throw fileFault(file, cause);
  }
}

async function* streamBlocks(file: string, stream: Readable, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const blocks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      expectRunning(signal);
      const step = await unlessStopped(blocks.next(), signal);
      if (step.done === true) return;
      yield step.value;
    }
  } catch (cause) {
    throw cause instanceof SealfoldError ? cause : fileFault(file, cause);
  } finally {
    stream.destroy();
  }
}

/** A pipe may give nothing for long, so waiting for it ends when `signal` says so. */
function unlessStopped<T>(waiting: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return waiting;
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(new SealfoldError("CANCELLED"));
    signal.addEventListener("abort", stop, { once: true });
    const settled = (): void => signal.removeEventListener("abort", stop);
    waiting.then(resolve, reject).finally(settled);
  });
}

async function* skipMark(blocks: AsyncGenerator<Buffer>, skip: (bytes: number) => void): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const block of blocks) {
    if (head === undefined) {
      yield block;
      continue;
    }
    head = Buffer.concat([head, block]);
    if (head.length < byteOrderMark.length) continue;
    const hasMark = head.subarray(0, byteOrderMark.length).equals(byteOrderMark);
    if (hasMark) skip(byteOrderMark.length);
    yield hasMark ? head.subarray(byteOrderMark.length) : head;
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield head;
}

/** @throws {SealfoldError} CANCELLED */
export function expectRunning(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new SealfoldError("CANCELLED");
}
