/**
 * A store on disk that a process may be killed over at any moment. An entry is written beside its place, synced, and
 * moved there: it is the old one or the new one, whole. What is not whole, or not this store's, is never given back.
 */

import { channel } from "node:diagnostics_channel";
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { SealfoldError } from "../errors.ts";
import {
  checksumBytes,
  encodeEntry,
  entryFileName,
  type EntryHead,
  fixedHeadBytes,
  isEntryWhole,
  maxNameBytes,
  parseEntryHead,
} from "./entry-file.ts";
import { FolderLock, lockFilePattern } from "./folder-lock.ts";
import { readAt } from "./read-at.ts";
import type { PutOptions, Store } from "./store.ts";

/** What `node:diagnostics_channel` "sealfold:store" tells, at the moment it names. */
export interface StoreStep {
  /** All bytes are in a file of another name; are on the disk; have the entry's place; the entry is gone. */
  readonly step: "written" | "synced" | "renamed" | "removed";
  readonly name: string;
}

export interface DiskStoreOptions {
  /** Opens a file to be written. Default: the system's. */
  readonly openFile?: typeof open;
}

const marker = "sealfold-store";
const version = "sealfold store 1\n";
const entryPattern = /^[0-9a-f]{64}$/;
const halfPattern = /^[0-9a-z-]{1,64}\.half-\d+$/;
const steps = channel("sealfold:store");
/** Entries are files of this user's alone; a link in an entry's place leads nowhere, a pipe there holds nobody up. */
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export class DiskStore implements Store, AsyncDisposable {
  readonly folder: string;
  readonly #lock: FolderLock;
  readonly #openFile: typeof open;
  #halves = 0;
  #closed = false;

  /**
   * Makes the folder where there is none, takes it for this process alone, and removes what was half written.
   * @throws {SealfoldError} STATE_FORMAT when the folder is something else, or of another version; STATE_IN_USE; DATA_FILE
   */
  static async open(folder: string, { openFile = open }: DiskStoreOptions = {}): Promise<DiskStore> {
    return onDisk(folder, async () => {
      if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(dirname(folder));
      if (!(await lstat(folder)).isDirectory()) throw foreign(folder, "is not a folder");
      await expectOwn(folder);
      const store = new DiskStore(folder, await FolderLock.take(folder), openFile);
      try {
        await store.#prepare();
      } catch (error) {
        await store.close();
        throw error;
      }
      return store;
    });
  }

  private constructor(folder: string, lock: FolderLock, openFile: typeof open) {
    this.folder = folder;
    this.#lock = lock;
    this.#openFile = openFile;
  }

  /** @throws {SealfoldError} DATA_FILE when the disk does not take it; what had the name before is there still */
  async put(name: string, bytes: Uint8Array, { commit = false, unkept }: PutOptions = {}): Promise<void> {
    this.#expectOpen();
    const file = entryFileName(name);
    await this.#write(file, encodeEntry(name, bytes), name);
    unkept?.(bytes);
    if (commit) await onDisk(this.folder, () => syncFolder(this.folder));
  }

  /** @throws {SealfoldError} NOT_READY when nothing has that name; STATE_DAMAGED when it is not whole; DATA_FILE */
  async get(name: string): Promise<Uint8Array> {
    this.#expectOpen();
    const path = join(this.folder, entryFileName(name));
    return this.#reading(path, name, async (file) => {
      const size = await sizeOf(file);
      const head = parseEntryHead(await readAt(file, 0, Math.min(size, fixedHeadBytes + maxNameBytes)));
      if (head?.name !== name || size !== head.headBytes + head.contentBytes + checksumBytes) throw damaged(path, name);
      const content = await readAt(file, head.headBytes, head.contentBytes);
      const checksum = await readAt(file, head.headBytes + content.length, checksumBytes);
      if (!isEntryWhole(await readAt(file, 0, head.headBytes), content, checksum)) throw damaged(path, name);
      return content;
    });
  }

  async remove(name: string): Promise<void> {
    this.#expectOpen();
    const path = join(this.folder, entryFileName(name));
    await onDisk(path, () => rm(path, { force: true, recursive: true }));
    steps.publish({ step: "removed", name } satisfies StoreStep);
  }

  /** Entries whose names cannot be read any more are not among them. */
  async list(prefix: string): Promise<readonly string[]> {
    this.#expectOpen();
    const names: string[] = [];
    for (const file of await onDisk(this.folder, () => readdir(this.folder))) {
      const head = entryPattern.test(file) ? await this.#headOf(join(this.folder, file)) : undefined;
      if (head?.name.startsWith(prefix) === true && entryFileName(head.name) === file) names.push(head.name);
    }
    return names.sort();
  }

  /** Lets another process have the folder. Every later call fails with CANCELLED. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await onDisk(this.folder, () => this.#lock.release());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #prepare(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (halfPattern.test(name)) await rm(join(this.folder, name), { force: true });
    }
    if (await isVersion(this.folder)) return;
    await this.#write(marker, [Buffer.from(version)], marker);
    await syncFolder(this.folder);
  }

  async #write(file: string, pieces: readonly Uint8Array[], name: string): Promise<void> {
    const path = join(this.folder, file);
    const half = join(this.folder, `${file}.half-${this.#halves++}`);
    try {
      await onDisk(path, async () => {
        const handle = await this.#openFile(half, "wx", 0o600);
        try {
          for (const piece of pieces) await handle.writeFile(piece);
          steps.publish({ step: "written", name } satisfies StoreStep);
          await handle.sync();
        } finally {
          await handle.close();
        }
        steps.publish({ step: "synced", name } satisfies StoreStep);
        await rename(half, path);
      });
    } catch (error) {
      await rm(half, { force: true });
      throw error;
    }
    steps.publish({ step: "renamed", name } satisfies StoreStep);
  }

  async #headOf(path: string): Promise<EntryHead | undefined> {
    try {
      return await this.#reading(path, path, async (file) => {
        return parseEntryHead(await readAt(file, 0, Math.min(await sizeOf(file), fixedHeadBytes + maxNameBytes)));
      });
    } catch (error) {
      if (error instanceof SealfoldError && error.code !== "DATA_FILE") return undefined;
      throw error;
    }
  }

  async #reading<T>(path: string, name: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
    return onDisk(path, async () => {
      const file = await open(path, readFlags).catch((error: unknown) => {
        const code = codeOf(error);
        if (code === "ENOENT") throw new SealfoldError("NOT_READY", `${name} is not in the store`);
        throw code === "ELOOP" ? damaged(path, name) : error;
      });
      try {
        if (!(await file.stat()).isFile()) throw damaged(path, name);
        return await work(file);
      } finally {
        await file.close();
      }
    });
  }

  #expectOpen(): void {
    if (this.#closed) throw new SealfoldError("CANCELLED", "the store was closed");
  }
}

/** A folder is taken only if it is a store already, or holds nothing of anybody's. */
async function expectOwn(folder: string): Promise<void> {
  if (await isVersion(folder)) return;
  const others = (await readdir(folder)).filter((name) => !lockFilePattern.test(name) && !halfPattern.test(name));
  if (others.length > 0) throw foreign(folder, "holds other things, and is no state directory");
}

/** @throws {SealfoldError} STATE_FORMAT when it says another version */
async function isVersion(folder: string): Promise<boolean> {
  const path = join(folder, marker);
  const file = await open(path, readFlags).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw codeOf(error) === "ELOOP" ? foreign(folder, "is not of this version of sealfold") : error;
  });
  if (file === undefined) return false;
  try {
    const isFile = (await file.stat()).isFile();
    const text = isFile ? Buffer.from(await readAt(file, 0, version.length + 1)).toString("latin1") : "";
    if (text !== version) throw foreign(folder, "is not of this version of sealfold");
    return true;
  } finally {
    await file.close();
  }
}

async function sizeOf(file: FileHandle): Promise<number> {
  return (await file.stat()).size;
}

/** So that a name's new place survives a loss of power. A system that syncs no folders keeps them by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What the system says against a file is DATA_FILE, with the file's place. */
async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = codeOf(cause);
    if (cause instanceof SealfoldError || code === undefined) throw cause;
    throw new SealfoldError("DATA_FILE", `${path} cannot be read or written (${code})`, { file: path }, { cause });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function damaged(path: string, name: string): SealfoldError {
  return new SealfoldError("STATE_DAMAGED", `what is kept as ${name} is not whole`, { file: path });
}

function foreign(folder: string, fault: string): SealfoldError {
  return new SealfoldError("STATE_FORMAT", `${folder} ${fault}`, { file: folder });
}
