/**
 * What crosses the pipe between a fleet and the process of one sandbox: frames of byte arrays. In little-endian order,
 * a head of 8 bytes (the kind, the number of parts), 4 bytes for each part's length, and the parts. Whoever reads knows
 * all lengths, and has refused what is too much, before it takes a part's first byte.
 */

import { once } from "node:events";
import type { Duplex } from "node:stream";

import type { SealfoldError } from "../../errors.ts";
import { malformed, maxParts } from "../message.ts";

/** `start` and answers go to the sandbox; `beat` comes from it; messages and quotes go both ways. */
export const frameKinds = { start: 0, message: 1, quote: 2, beat: 3 } as const;

/** The most that a sandbox is given at once: the longest stream of a cell (2 GiB), its seals, and a message's header. */
export const maxFrameBytes: number = 2 ** 31 + 2 ** 27;

const headBytes = 8;
const lengthBytes = 4;
/** A message's header, and its parts. */
const mostParts = maxParts + 1;

export type FrameVisitor = (kind: number, parts: readonly Uint8Array[]) => void;

/** Takes the pipe's bytes, cut anywhere, and hands out whole frames. */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #visit: FrameVisitor;
  /** What is being filled, and what to do once it is full. */
  #target: Uint8Array = new Uint8Array(headBytes);
  #filled = 0;
  #full: () => void = () => this.#head();
  #kind = 0;
  #lengths: readonly number[] = [];
  #parts: Uint8Array[] = [];

  /** @param maxBytes - the most that the parts of one frame may have together */
  constructor(maxBytes: number, visit: FrameVisitor) {
    this.#maxBytes = maxBytes;
    this.#visit = visit;
  }

  /** @throws {SealfoldError} MESSAGE_FORMAT; nothing after it makes sense */
  push(chunk: Uint8Array): void {
    for (let rest = chunk; rest.length > 0;) {
      const taken = rest.subarray(0, this.#target.length - this.#filled);
      this.#target.set(taken, this.#filled);
      this.#filled += taken.length;
      rest = rest.subarray(taken.length);
      while (this.#filled === this.#target.length) this.#full();
    }
  }

  #expect(target: Uint8Array, full: () => void): void {
    this.#target = target;
    this.#filled = 0;
    this.#full = full;
  }

  #head(): void {
    const [kind = 0, count = 0] = numbersIn(this.#target);
    if (count > mostParts) throw malformed("number of frames");
    this.#kind = kind;
    this.#parts = [];
    this.#expect(new Uint8Array(count * lengthBytes), () => this.#length());
  }

  #length(): void {
    this.#lengths = numbersIn(this.#target);
    const total = this.#lengths.reduce((sum, length) => sum + length, 0);
    if (total > this.#maxBytes) throw malformed("frame: it is too long");
    this.#next();
  }

  #next(): void {
    const length = this.#lengths[this.#parts.length];
    if (length !== undefined) {
      // a buffer of its own, which can be moved to another thread
      const part = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
      this.#parts.push(part);
      this.#expect(part, () => this.#next());
      return;
    }
    this.#expect(new Uint8Array(headBytes), () => this.#head());
    this.#visit(this.#kind, this.#parts);
  }
}

/** Writes one frame after the other, each when the pipe has taken the one before it. */
export class FrameWriter {
  readonly #pipe: Duplex;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(pipe: Duplex) {
    this.#pipe = pipe;
  }

  /** Parts must not change any more. What is written to a pipe that closed is lost. */
  write(kind: number, parts: readonly Uint8Array[]): void {
    const head = encodeHead(kind, parts);
    this.#turn = this.#turn.then(() => this.#write([head, ...parts]));
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    if (this.#pipe.destroyed) return;
    this.#pipe.cork();
    for (const piece of pieces) this.#pipe.write(piece);
    this.#pipe.uncork();
    if (!this.#pipe.writableNeedDrain) return;
    const closed = new AbortController();
    const either = { signal: closed.signal };
    await Promise.race([once(this.#pipe, "drain", either), once(this.#pipe, "close", either)]).catch(() => undefined);
    closed.abort(); // takes the other listener away
  }
}

/** @throws {SealfoldError} MESSAGE_FORMAT when the other side would refuse it */
function encodeHead(kind: number, parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length > mostParts) throw malformed("number of frames");
  const numbers = [kind, parts.length, ...parts.map(({ length }) => length)];
  if (numbers.some((number) => number >= 2 ** 32)) throw malformed("frame: it is too long");
  const head = new Uint8Array(numbers.length * lengthBytes);
  const view = new DataView(head.buffer);
  numbers.forEach((number, at) => view.setUint32(at * lengthBytes, number, true));
  return head;
}

function numbersIn(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / lengthBytes }, (_, at) => view.getUint32(at * lengthBytes, true));
}

/** @returns the part of a frame that tells a pulse's count */
export function encodeBeat(count: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, count, true);
  return bytes;
}

/** @throws {SealfoldError} MESSAGE_FORMAT */
export function parseBeat(bytes: Uint8Array | undefined): number {
  if (bytes?.length !== 4) throw malformed("beat");
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
}

/** Reads frames from a pipe until one is malformed. */
export function readFrames(pipe: Duplex, reader: FrameReader, refuse: (error: SealfoldError) => void): void {
  const take = (chunk: Uint8Array): void => {
    try {
      reader.push(chunk);
    } catch (error) {
      pipe.off("data", take);
      refuse(error as SealfoldError);
    }
  };
  pipe.on("data", take);
}
