/** Reads a module's bytes within bounds. What is malformed is refused with its place, and never by another exception. */

import { fromUtf8 } from "../../crypto/bytes.ts";
import { SealfoldError } from "../../errors.ts";

/** Ends the reading of a module. */
export function refuse(detail: string): never {
  throw new SealfoldError("PROGRAM_REFUSED", detail);
}

/** A place in bytes, and where they end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get isDone(): boolean {
    return this.at === this.end;
  }

  byte(): number {
    if (this.at >= this.end) this.refuse("the module ends too early");
    return this.bytes[this.at++] as number;
  }

  /** The next byte, to be read again; -1 at the end. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] as number) : -1;
  }

  skip(count: number): void {
    if (count > this.end - this.at) this.refuse("the module ends too early");
    this.at += count;
  }

  /** An unsigned number of at most 32 bits in LEB128 (WebAssembly 2.0, §5.2.2). */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.byte();
    if (last > 0x0f) this.refuse("a number is too long");
    return (value | (last << 28)) >>> 0;
  }

  /** Skips a signed number of at most `bits` bits in LEB128. Its last byte's excess bits are for V8 to look at. */
  skipSigned(bits: number): void {
    const most = Math.ceil(bits / 7);
    for (let length = 1; this.byte() >= 0x80; length++) if (length === most) this.refuse("a number is too long");
  }

  /** How many elements follow: of at least one byte each, and at most `most`. */
  count(most: number, what: string): number {
    const count = this.u32();
    if (count > this.end - this.at) this.refuse("the module ends too early");
    if (count > most) this.refuse(`more than ${most} ${what}`);
    return count;
  }

  /** A name, in UTF-8. */
  name(): string {
    const from = this.at;
    const length = this.u32();
    const start = this.at;
    this.skip(length);
    try {
      return fromUtf8(this.bytes.subarray(start, this.at));
    } catch {
      // Whatever the reason: it is no text.
      this.at = from;
      return this.refuse("a name is not UTF-8");
    }
  }

  /** A reader of the next `length` bytes, which this one skips. */
  part(length: number): ByteReader {
    const from = this.at;
    this.skip(length);
    return new ByteReader(this.bytes, from, this.at);
  }

  refuse(detail: string): never {
    return refuse(`at byte ${this.at}: ${detail}`);
  }
}
