/**
 * What a party's threads do: seal chunks that the party hands them, one after the other, and those that lie in its files
 * when they are wanted. They hold files open in between, and nothing else.
 */

import { closeSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";

import type { Digest } from "../crypto/hash.ts";
import { unwrittenBytes } from "../crypto/memory.ts";
import { chunkLeaf, type ChunkOpening, type ChunkSeal, sealChunkInto } from "../data/chunk.ts";
import { type LineSurvey, surveyLines, wholeLines } from "../data/line-survey.ts";
import type { FileRange } from "../data/plain-chunk.ts";

/** One chunk to be committed to, and sealed where there is memory for it. */
export interface SealTask extends ChunkSeal {
  readonly plaintext: Uint8Array;
  /** As long as the sealed chunk: what it is sealed into. Left out where its leaf is all that is wanted. */
  readonly target?: Uint8Array | undefined;
}

export interface SealedChunk {
  /** The task's target. */
  readonly sealed: Uint8Array | undefined;
  readonly leaf: Digest;
  /** The plaintext's memory, which nobody needs any more. */
  readonly plaintext: Uint8Array;
}

/** A chunk whose plaintext lies in a file. */
export interface LyingChunk extends ChunkOpening {
  readonly source: FileRange;
}

/** A stretch of a file, of which the whole lines make up the chunk. */
export interface SurveyTask extends LyingChunk {
  /** Bytes that a line may have. */
  readonly recordBytes: number;
}

/** What comes before the answer to it. */
export interface Cut {
  /** Bytes of the chunk. */
  readonly cut: number;
}

export type Surveyed = { readonly found: LineSurvey & { readonly leaf: Digest } } | { readonly fault: SealFault };

/** One of them to be sealed. */
export interface SealLying extends LyingChunk, ChunkSeal {
  /** As long as the sealed chunk. */
  readonly target: Uint8Array;
}

export interface SealedLying {
  readonly sealed: Uint8Array;
  /** Why that is not the chunk, where it is not. */
  readonly fault?: SealFault;
}

/** The leaf of what lies there now. */
export type LeafLying = { readonly leaf: Digest } | { readonly fault: SealFault };

/** Why a chunk cannot be read any more: its file is shorter than it was, or the system does not let it be read. */
export type SealFault = { readonly changed: true } | { readonly changed: false; readonly code: string };

/** Seals chunks, with memory that it uses again and again: see `crypto/memory.ts`. */
export class Sealer {
  #plain: Uint8Array = new Uint8Array(0);
  #open: { readonly file: string; readonly descriptor: number } | undefined;

  seal({ plaintext, target, ...seal }: SealTask): SealedChunk {
    if (target !== undefined) sealChunkInto(seal, plaintext, target);
    return { sealed: target, leaf: chunkLeaf(seal, plaintext), plaintext };
  }

  /**
   * Seals what lies in a file now. That it is what was committed to, whoever opens it holds against its leaf: a second
   * hash of every byte here would say no more. The nonce must be a new one, because it may be another text.
   */
  sealLying({ source, target, ...seal }: SealLying): SealedLying {
    const fault = this.#read(source);
    if (fault !== undefined) return { sealed: target, fault };
    sealChunkInto(seal, this.#plain.subarray(0, source.length), target);
    return { sealed: target };
  }

  leafLying({ source, ...chunk }: LyingChunk): LeafLying {
    const fault = this.#read(source);
    return fault === undefined ? { leaf: chunkLeaf(chunk, this.#plain.subarray(0, source.length)) } : { fault };
  }

  /** @param tell - called when it is known where the chunk ends, before it is looked at */
  survey({ source, recordBytes, ...chunk }: SurveyTask, tell: (cut: Cut) => void): Surveyed {
    const fault = this.#read(source);
    if (fault !== undefined) return { fault };
    const { buffer, byteOffset } = this.#plain;
    const read = Buffer.from(buffer, byteOffset, source.length);
    const lines = read.subarray(0, wholeLines(read));
    tell({ cut: lines.length });
    const survey = surveyLines(lines, recordBytes);
    return { found: { ...survey, leaf: chunkLeaf(chunk, lines) } };
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
  parentPort?.on("message", (task: SealTask | SealLying | SurveyTask | LyingChunk) => {
    if ("plaintext" in task) {
      const done = sealer.seal(task);
      const sealed = done.sealed === undefined ? [] : [done.sealed.buffer as ArrayBuffer];
      parentPort?.postMessage(done, [...sealed, done.plaintext.buffer as ArrayBuffer]);
    } else if ("target" in task) {
      const done = sealer.sealLying(task);
      parentPort?.postMessage(done, [done.sealed.buffer as ArrayBuffer]);
    } else if ("recordBytes" in task) {
      parentPort?.postMessage(sealer.survey(task, (cut) => parentPort?.postMessage(cut)));
    } else parentPort?.postMessage(sealer.leafLying(task));
  });
}

function roomFor(memory: Uint8Array, length: number): Uint8Array {
  return memory.length < length ? unwrittenBytes(length) : memory;
}
