/** A growing buffer of a realm's, into which keys, numbers and texts are packed: what leaves it, leaves it so. */

import { charCodeAt, copyWithin, makeBuffer, makeBytes, makeFloats, setBytes } from "./_intrinsics.ts";

/** How a number is written: its first byte. */
export const numberTag = { integer: 1, double: 2 } as const;

const mostInteger = 2 ** 53 - 1;

/** Bytes of one double; on every machine that Node runs on the same way round as in the stream, or turned. */
const doubleBuffer = makeBuffer(8);
const oneDouble = makeFloats(doubleBuffer);
const doubleBytes = makeBytes(doubleBuffer);
oneDouble[0] = 1;
/** 1 has its exponent in the last two bytes, little-endian. */
const isLittle = doubleBytes[7] !== 0;

export class Packer {
  /** How much is written. */
  length = 0;
  #buffer: ArrayBuffer;
  #bytes: Uint8Array;
  #room: number;

  constructor(room: number) {
    this.#buffer = makeBuffer(room);
    this.#bytes = makeBytes(this.#buffer, 0, room);
    this.#room = room;
  }

  /** Where it is written: valid until more is. */
  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  /** Likewise. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  byte(value: number): void {
    if (this.length === this.#room) this.#grow(1);
    this.#bytes[this.length++] = value;
  }

  /** LEB128, for safe integers from 0. */
  varint(value: number): void {
    if (this.length + 8 > this.#room) this.#grow(8);
    const bytes = this.#bytes;
    let at = this.length;
    let rest = value;
    for (; rest >= 0x80; rest = (rest - (rest % 0x80)) / 0x80) bytes[at++] = (rest % 0x80) | 0x80;
    bytes[at++] = rest;
    this.length = at;
  }

  /** A finite number, with its tag: a varint where it is a safe integer from 0, else eight bytes. */
  number(value: number): void {
    if (value >= 0 && value <= mostInteger && value % 1 === 0) {
      this.byte(numberTag.integer);
      this.varint(value);
    } else {
      this.byte(numberTag.double);
      this.double(value);
    }
  }

  /** Eight bytes, little-endian. */
  double(value: number): void {
    if (this.length + 8 > this.#room) this.#grow(8);
    oneDouble[0] = value;
    for (let index = 0; index < 8; index++) {
      this.#bytes[this.length++] = doubleBytes[isLittle ? index : 7 - index] as number;
    }
  }

  /** Copies `source[start..end)`. */
  copy(source: Uint8Array, start: number, end: number): void {
    if (this.length + end - start > this.#room) this.#grow(end - start);
    const bytes = this.#bytes;
    let at = this.length;
    for (let from = start; from < end; from++) bytes[at++] = source[from] as number;
    this.length = at;
  }

  /**
   * The UTF-8 of `text` (RFC 3629 §3).
   * @returns false, with nothing written, where it has half of a surrogate pair
   */
  text(text: string): boolean {
    const units = text.length;
    if (this.length + 3 * units > this.#room) this.#grow(3 * units);
    const bytes = this.#bytes;
    let at = this.length;
    for (let index = 0; index < units; index++) {
      let point = charCodeAt(text, index);
      if (point < 0x80) {
        bytes[at++] = point;
        continue;
      }
      if (point >= 0xd800 && point <= 0xdfff) {
        const low = point < 0xdc00 && index + 1 < units ? charCodeAt(text, ++index) : 0;
        if (low < 0xdc00 || low > 0xdfff) return false;
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        bytes[at++] = 0xf0 | (point >> 18);
        bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
        bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      } else if (point < 0x800) bytes[at++] = 0xc0 | (point >> 6);
      else {
        bytes[at++] = 0xe0 | (point >> 12);
        bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      }
      bytes[at++] = 0x80 | (point & 0x3f);
    }
    this.length = at;
    return true;
  }

  /** @returns where a part begins whose length will stand before it, once {@link close} says so */
  open(): number {
    this.byte(0);
    return this.length;
  }

  /** Writes the length of what was written from `start` on before it. */
  close(start: number): void {
    const length = this.length - start;
    if (length < 0x80) {
      this.#bytes[start - 1] = length;
      return;
    }
    let more = 0;
    for (let rest = length; rest >= 0x80; rest = (rest - (rest % 0x80)) / 0x80) more++;
    if (this.length + more > this.#room) this.#grow(more);
    copyWithin(this.#bytes, start + more, start, start + length);
    this.length = start - 1;
    this.varint(length);
    this.length = start + more + length;
  }

  #grow(more: number): void {
    let room = this.#room;
    while (room < this.length + more) room *= 2;
    const buffer = makeBuffer(room);
    const grown = makeBytes(buffer, 0, room);
    setBytes(grown, this.#bytes);
    this.#buffer = buffer;
    this.#bytes = grown;
    this.#room = room;
  }
}

/** @returns the double at `bytes[at..at + 8)`, little-endian */
export function doubleAt(bytes: Uint8Array, at: number): number {
  for (let index = 0; index < 8; index++) doubleBytes[isLittle ? index : 7 - index] = bytes[at + index] as number;
  return oneDouble[0] as number;
}
