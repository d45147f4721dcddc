/** A growing buffer for streams of many small fields. Short texts are encoded here: a native call costs more. */

import { SealfoldError } from "../errors.ts";
import type { KeyKind } from "./keys.ts";

/** How a key stands in a stream. UTF-8 has no lone surrogates, so a string with one is written in UTF-16. */
export const wireKind = { text: 0, json: 1, utf16: 2 } as const;

/** A stream is at most this long, in bytes: typed arrays are quick up to here, and its length fits 32 bits. */
const maxStreamBytes = 2 ** 31 - 1;

/** Memory is given away of which at most so large a part goes unused: an eighth. */
const spareShare = 8;

/** Of so large a part of what will be written it is known how long all will be about: parts vary. */
const tellingShare = 1 / 8;
/** How much longer it may be. */
const headroom = 1.02;

/** Texts up to this length take at most 126 bytes, so that their length is one byte. */
const shortText = 42;

const loneSurrogate = /\p{Surrogate}/u;

export class ByteWriter {
  #bytes: Buffer;
  #length = 0;
  /** Bytes of memory for all that will be written, or 0 where nobody knows. */
  #expected = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What is written so far, and after `length` anything: valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /**
   * Says how much is to come, so that memory that is taken next is for all of it.
   * @param share - how much of all is written, from 0 to 1, or 0 where nobody knows
   * @param roomOf - how much memory so many bytes are to have
   */
  expect(share: number, roomOf: (length: number) => number = (length) => length): void {
    if (share >= tellingShare && share <= 1) this.#expected = roomOf(Math.ceil((this.#length / share) * headroom));
  }

  /**
   * Gives its memory away; it is then done.
   * @returns the first `length` bytes, with nothing behind them but zeros; `undefined` where it has fewer, or far more
   */
  giveAway(length: number): Uint8Array<ArrayBuffer> | undefined {
    const room = this.#bytes.length;
    if (room < length || room > length + length / spareShare) return undefined;
    this.#bytes.fill(0, length);
    return new Uint8Array(this.#bytes.buffer as ArrayBuffer, 0, length);
  }

  /** Forgets what is written, and keeps the memory. */
  clear(): void {
    this.#length = 0;
    this.#expected = 0;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Big-endian, in place of four bytes already written. */
  setUint32(at: number, value: number): void {
    this.#bytes.writeUInt32BE(value, at);
  }

  /** LEB128, for safe integers from 0. */
  varint(value: number): void {
    if (value < 0x80) return this.byte(value);
    this.#reserve(8);
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
    bytes[at++] = rest;
    this.#length = at;
  }

  /** A key's wire kind, the length of its bytes, and these. */
  key(kind: KeyKind, key: string): void {
    const start = this.#length;
    this.byte(kind);
    if (this.#tryText(key)) return;
    this.#length = start;
    this.byte(wireKind.utf16);
    this.varint(key.length * 2);
    this.#reserve(key.length * 2);
    this.#length += this.#bytes.write(key, this.#length, "utf16le");
  }

  /**
   * The length of a text's UTF-8, and this.
   * @throws {TypeError} when `text` has a lone surrogate
   */
  text(text: string): void {
    if (!this.#tryText(text)) throw new TypeError('"text" expected a well-formed string, got a lone surrogate');
  }

  /** Copies `source[0..length)`. */
  append(source: Uint8Array, length: number): void {
    this.#reserve(length);
    const bytes = this.#bytes;
    const at = this.#length;
    if (length > 128) bytes.set(source.subarray(0, length), at);
    else for (let i = 0; i < length; i++) bytes[at + i] = source[i]!;
    this.#length = at + length;
  }

  /** Copies `source[start..end)`. */
  copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    const bytes = this.#bytes;
    let at = this.#length;
    if (length > 128) bytes.set(source.subarray(start, end), at);
    else for (let from = start; from < end; from++) bytes[at++] = source[from]!;
    this.#length += length;
  }

  /** @returns what is written, without a copy; the writer is then done. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, 0, this.#length);
  }

  /** @returns whether `text` is well-formed; if not, nothing is written. */
  #tryText(text: string): boolean {
    if (text.length <= shortText) return this.#tryShortText(text);
    if (loneSurrogate.test(text)) return false;
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.#reserve(length);
    this.#length += this.#bytes.write(text, this.#length, "utf8");
    return true;
  }

  #reserve(more: number): void {
    if (this.#length + more > this.#bytes.length) this.#grow(this.#length + more);
  }

  /** RFC 3629 §3 by hand. */
  #tryShortText(text: string): boolean {
    this.#reserve(1 + text.length * 3);
    const bytes = this.#bytes;
    const start = this.#length + 1;
    let at = start;
    for (let i = 0; i < text.length; i++) {
      let code = text.charCodeAt(i);
      if (code < 0x80) {
        bytes[at++] = code;
        continue;
      }
      if (code < 0x800) bytes[at++] = 0xc0 | (code >> 6);
      else {
        if (code >= 0xd800 && code <= 0xdfff) {
          code = text.codePointAt(i++)!;
          if (code <= 0xdfff) return false;
          bytes[at++] = 0xf0 | (code >> 18);
          bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
        } else bytes[at++] = 0xe0 | (code >> 12);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      }
      bytes[at++] = 0x80 | (code & 0x3f);
    }
    bytes[start - 1] = at - start;
    this.#length = at;
    return true;
  }

  #grow(needed: number): void {
    if (needed > maxStreamBytes) throw new SealfoldError("LIMIT_OUTPUT", "one partition's output is over 2 GiB");
    const wanted = this.#expected < needed ? this.#bytes.length * 2 : this.#expected;
    const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, wanted), maxStreamBytes));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
