/**
 * Reads an output's results one by one where they lie, as `output.ts` lays them out: keys and values are made when they
 * are asked for, so that ten million results are no more than their bytes. Every length is bounded by what is there.
 */

import { isAscii } from "node:buffer";

import { SealfoldError } from "../errors.ts";
import { wireKind } from "./_byte-writer.ts";
import { compareKeys, type KeyKind, rankOfByte } from "./keys.ts";
import { PairReader } from "./pair-reader.ts";
import { isText } from "./pairs.ts";

const countBytes = 4;
const loneSurrogate = /\p{Surrogate}/u;
/** So many figures are below 2^53. */
const mostFigures = 15;

export class ResultCursor {
  /** How many results the stream says that it has: as many are read, or it is refused. */
  readonly count: number;
  readonly #bytes: Buffer;
  readonly #reader: PairReader;
  /** Whether all bytes are below 0x80, so that no part need be looked at. */
  readonly #isAscii: boolean;
  #left: number;
  #wire: number = wireKind.text;
  #keyStart = 0;
  #keyEnd = 0;
  #resultStart = 0;
  #resultEnd = 0;
  /** Where the part begins that {@link #part} went over last. */
  #partStart = 0;

  /** @throws {SealfoldError} OUTPUT_ALTERED when `stream` does not even say how many results it has */
  constructor(stream: Uint8Array) {
    this.#bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
    this.#reader = new PairReader(this.#bytes);
    this.#reader.begin(this.#bytes, Math.min(countBytes, stream.length), stream.length);
    if (stream.length < countBytes) this.#refuse();
    this.count = this.#bytes.readUInt32BE(0);
    this.#left = this.count;
    this.#isAscii = isAscii(this.#bytes.subarray(countBytes));
  }

  get kind(): KeyKind {
    return this.#wire === wireKind.json ? 1 : 0;
  }

  /**
   * Goes to the next result.
   * @returns false where there is none
   * @throws {SealfoldError} OUTPUT_ALTERED when the stream is malformed here
   */
  next(): boolean {
    const reader = this.#reader;
    if (this.#left === 0) return reader.at === this.#bytes.length ? false : this.#refuse();
    this.#left--;
    const wire = this.#bytes[reader.at++];
    if (wire === undefined || wire > wireKind.utf16) this.#refuse();
    this.#wire = wire;
    this.#keyEnd = this.#part();
    this.#keyStart = this.#partStart;
    this.#resultEnd = this.#part();
    this.#resultStart = this.#partStart;
    if (wire === wireKind.utf16) this.#expectLoneSurrogate();
    else this.#expectText(this.#keyStart, this.#keyEnd);
    this.#expectText(this.#resultStart, this.#resultEnd);
    return true;
  }

  /** A string key itself, or the JSON text of another. */
  key(): string {
    const [start, end] = [this.#keyStart, this.#keyEnd];
    return this.#wire === wireKind.utf16 ? this.#bytes.toString("utf16le", start, end) : this.#text(start, end);
  }

  /** JSON text. */
  result(): string {
    return this.#text(this.#resultStart, this.#resultEnd);
  }

  /** The data that {@link result} is JSON of. @throws {SyntaxError} when it is none */
  value(): unknown {
    const bytes = this.#bytes;
    const [start, end] = [this.#resultStart, this.#resultEnd];
    let value = 0;
    let at = start;
    for (; at < end; at++) {
      const figure = bytes[at]! - 0x30;
      if (figure < 0 || figure > 9) break;
      value = value * 10 + figure;
    }
    const isInteger = at === end && end > start && end - start <= mostFigures;
    if (isInteger && (bytes[start] !== 0x30 || end - start === 1)) return value;
    return JSON.parse(this.result());
  }

  /** Likens the key here to that at another cursor, as `compareKeys` does. */
  compare(other: ResultCursor): number {
    if (this.#wire !== wireKind.text || other.#wire !== wireKind.text) {
      return compareKeys(this.kind, this.key(), other.kind, other.key());
    }
    const [own, others] = [this.#bytes, other.#bytes];
    const [end, otherEnd] = [this.#keyEnd, other.#keyEnd];
    let at = this.#keyStart;
    let otherAt = other.#keyStart;
    for (; at < end && otherAt < otherEnd; at++, otherAt++) {
      const byte = own[at]!;
      const otherByte = others[otherAt]!;
      if (byte !== otherByte) return rankOfByte[byte]! - rankOfByte[otherByte]!;
    }
    return end - at - (otherEnd - otherAt);
  }

  /** Goes over a length and so many bytes. @returns where these end */
  #part(): number {
    const reader = this.#reader;
    const length = reader.varint();
    if (length < 0 || length > this.#bytes.length - reader.at) this.#refuse();
    this.#partStart = reader.at;
    reader.at += length;
    return reader.at;
  }

  #text(start: number, end: number): string {
    return this.#bytes.toString(this.#isAscii ? "latin1" : "utf8", start, end);
  }

  #expectText(start: number, end: number): void {
    if (!this.#isAscii && !isText(this.#bytes, start, end)) this.#refuse();
  }

  /** Other keys have their one spelling in UTF-8. */
  #expectLoneSurrogate(): void {
    if ((this.#keyEnd - this.#keyStart) % 2 !== 0 || !loneSurrogate.test(this.key())) this.#refuse();
  }

  #refuse(): never {
    throw new SealfoldError("OUTPUT_ALTERED", `a sealed stream is malformed at byte ${this.#reader.at}`);
  }
}
