/**
 * What a party's threads do: seal chunks that the party hands them, one after the other, and those that lie in its files,
 * again. They hold files open in between, and nothing else.
 */

import { closeSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";

import { equalBytes } from "../crypto/bytes.ts";
import type { Digest } from "../crypto/hash.ts";
import { unwrittenBytes } from "../crypto/memory.ts";
import { chunkLeaf, chunkOverhead, type ChunkSeal, chunkTag, sealChunkInto } from "../data/chunk.ts";
import type { FileRange } from "../data/plain-chunk.ts";

/** One chunk to be sealed. */
export interface SealTask extends ChunkSeal {
  readonly plaintext: Uint8Array;
  /** As long as the sealed chunk: what it is sealed into. Left out where its leaf and tag are all that is wanted. */
  readonly target?: Uint8Array | undefined;
}

export interface SealedChunk {
  /** The task's target. */
  readonly sealed: Uint8Array | undefined;
  readonly leaf: Digest;
  /** 16 bytes. */
  readonly tag: Uint8Array;
  /** The plaintext's memory, which nobody needs any more. */
  readonly plaintext: Uint8Array;
}

/** One chunk to be sealed as it was before. */
export interface SealAgain extends ChunkSeal {
  /** Where its plaintext lies. */
  readonly source: FileRange;
  /** That of the first time. */
  readonly tag: Uint8Array;
  /** As long as the sealed chunk. */
  readonly target: Uint8Array;
}

export interface SealedAgain {
  readonly sealed: Uint8Array;
  /** Why that is not the chunk, where it is not. */
  readonly fault?: SealFault;
}

/** Why a chunk cannot be sealed again: its file was changed, or the system does not let it be read. */
export type SealFault = { readonly changed: true } | { readonly changed: false; readonly code: string };

/** Seals chunks, with memory that it uses again and again: see `crypto/memory.ts`. */
export class Sealer {
  #plain: Uint8Array = new Uint8Array(0);
  #sealed: Uint8Array = new Uint8Array(0);
  #open: { readonly file: string; readonly descriptor: number } | undefined;

  seal({ plaintext, target, ...seal }: SealTask): SealedChunk {
    const length = plaintext.length + chunkOverhead;
    if (target === undefined) this.#sealed = roomFor(this.#sealed, length);
    const sealed = target ?? this.#sealed.subarray(0, length);
    sealChunkInto(seal, plaintext, sealed);
    // a view of the tag would take the whole of the chunk along, wherever it goes
    return { sealed: target, leaf: chunkLeaf(seal.name, sealed), tag: chunkTag(sealed).slice(), plaintext };
  }

  /**
   * Seals what lies in a file, with the key and the nonce that it was sealed with before. Nothing else may ever be: who
   * has two texts sealed so can tell how they differ. That it is the same text says the same tag: 16 bytes that depend on
   * every byte (SP 800-38D §6.4) by a key that whoever changed the file does not have.
   */
  sealAgain({ source, tag, target, ...seal }: SealAgain): SealedAgain {
    const fault = this.#read(source);
    if (fault !== undefined) return { sealed: target, fault };
    sealChunkInto(seal, this.#plain.subarray(0, source.length), target);
    if (equalBytes(chunkTag(target), tag)) return { sealed: target };
    target.fill(0);
    return { sealed: target, fault: { changed: true } };
  }

  #read({ file, start, length }: FileRange): SealFault | undefined {
    this.#plain = roomFor(this.#plain, length);
    try {
      const descriptor = this.#descriptorOf(file);
      for (let done = 0; done < length;) {
        const more = readSync(descriptor, this.#plain, done, length - done, start + done);
        if (more === 0) return { changed: true };
        done += more;
      }
      return undefined;
    } catch (error) {
      return { changed: false, code: (error as NodeJS.ErrnoException).code ?? "unknown reason" };
    }
  }

  #descriptorOf(file: string): number {
    if (this.#open?.file === file) return this.#open.descriptor;
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
    const descriptor = openSync(file, "r");
    this.#open = { file, descriptor };
    return descriptor;
  }
}

/** Seals until it is ended. Memory comes with each task, and goes back with its answer. */
export function serveSealing(): void {
  const sealer = new Sealer();
  parentPort?.on("message", (task: SealTask | SealAgain) => {
    if ("source" in task) {
      const done = sealer.sealAgain(task);
      parentPort?.postMessage(done, [done.sealed.buffer as ArrayBuffer]);
      return;
    }
    const done = sealer.seal(task);
    const sealed = done.sealed === undefined ? [] : [done.sealed.buffer as ArrayBuffer];
    parentPort?.postMessage(done, [...sealed, done.plaintext.buffer as ArrayBuffer]);
  });
}

function roomFor(memory: Uint8Array, length: number): Uint8Array {
  return memory.length < length ? unwrittenBytes(length) : memory;
}
