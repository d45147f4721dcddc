/**
 * Reads what `_byte-writer.ts` wrote, and bounds every length by what is there. Short texts are cut out of a window
 * that was decoded at once: a native call for each costs several times more.
 */

import { isAscii } from "node:buffer";

import { fromUtf8 } from "../crypto/bytes.ts";
import { type ErrorCode, SealfoldError } from "../errors.ts";
import { wireKind } from "./_byte-writer.ts";
import type { KeyKind } from "./keys.ts";

const windowBytes = 65_536;

/** V8 copies substrings below 13 characters; longer ones would keep their whole window alive. */
const longestCopied = 12;

const loneSurrogate = /\p{Surrogate}/u;

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #code: ErrorCode;
  #at = 0;
  #kind: KeyKind = 0;
  #window = "";
  #windowStart = 0;
  #windowEnd = 0;
  #windowIsAscii = true;

  /** @param code - of every refusal */
  constructor(bytes: Uint8Array, code: ErrorCode) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#code = code;
  }

  /** The kind of the key that was read last. */
  get kind(): KeyKind {
    return this.#kind;
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  varint(): number {
    let value = this.#byte();
    if (value < 0x80) return value;
    value -= 0x80;
    for (let unit = 0x80; ; unit *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * unit;
      if (value > Number.MAX_SAFE_INTEGER || byte === 0) throw this.malformed(); // one spelling per number
      if (byte < 0x80) return value;
    }
  }

  /** A key; {@link ByteReader.kind} says of which kind. */
  key(): string {
    const kind = this.#byte();
    if (kind === wireKind.utf16) return this.#utf16Key();
    if (kind !== wireKind.text && kind !== wireKind.json) throw this.malformed();
    this.#kind = kind;
    return this.text();
  }

  text(): string {
    const length = this.varint();
    const start = this.#advance(length);
    if (length > longestCopied) return this.#decode(start, start + length);
    if (start < this.#windowStart || start + length > this.#windowEnd) this.#moveWindow(start);
    if (!this.#windowIsAscii && !this.#isAscii(start, start + length)) return this.#decode(start, start + length);
    return this.#window.substring(start - this.#windowStart, start - this.#windowStart + length);
  }

  /** @throws {SealfoldError} unless everything was read. */
  expectEnd(): void {
    if (this.#at !== this.#bytes.length) throw this.malformed();
  }

  malformed(): SealfoldError {
    return new SealfoldError(this.#code, `a sealed stream is malformed at byte ${this.#at}`);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.malformed();
    this.#at += 1;
    return byte;
  }

  /** @returns where the next `length` bytes start. */
  #advance(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw this.malformed();
    this.#at = start + length;
    return start;
  }

  #utf16Key(): string {
    const length = this.varint();
    const start = this.#advance(length);
    const key = this.#bytes.toString("utf16le", start, start + length);
    if (length % 2 !== 0 || !loneSurrogate.test(key)) throw this.malformed(); // others have their one spelling in UTF-8
    this.#kind = 0;
    return key;
  }

  #decode(start: number, end: number): string {
    const text = this.#bytes.toString("utf8", start, end);
    if (text.includes("\ufffd")) this.#expectUtf8(start, end);
    return text;
  }

  /** U+FFFD stands there, or something else that is not UTF-8. */
  #expectUtf8(start: number, end: number): void {
    try {
      fromUtf8(this.#bytes.subarray(start, end));
    } catch {
      throw this.malformed();
    }
  }

  #moveWindow(start: number): void {
    const end = Math.min(start + windowBytes, this.#bytes.length);
    this.#window = this.#bytes.toString("latin1", start, end);
    this.#windowIsAscii = isAscii(this.#bytes.subarray(start, end));
    this.#windowStart = start;
    this.#windowEnd = end;
  }

  #isAscii(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.#bytes[at]! > 0x7f) return false;
    return true;
  }
}
