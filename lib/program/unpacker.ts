/** Takes apart what a packer of another realm wrote, which nobody vouches for: what is malformed is refused. */

import { slice } from "./_intrinsics.ts";
import { isUtf8, textOfUtf8 } from "./byte-text.ts";
import { doubleAt, numberTag } from "./packer.ts";
import { readJson } from "./read-json.ts";
import { status, type Verdict } from "./verdict.ts";

const mostInteger = 2 ** 53 - 1;

export class Unpacker {
  /** How many texts were met. */
  texts = 0;
  readonly #verdict: Verdict;
  #bytes: Uint8Array;
  #text = "";
  #at = 0;
  #end = 0;

  constructor(bytes: Uint8Array, verdict: Verdict) {
    this.#bytes = bytes;
    this.#verdict = verdict;
  }

  /** @param text - a character from 0 to 255 for each byte, out of which most JSON is cut; or none, which is slower for it */
  begin(bytes: Uint8Array, text: string): void {
    this.#bytes = bytes;
    this.#text = text;
  }

  /** Goes on at `bytes[start..end)`. */
  open(start: number, end: number): void {
    this.#at = start;
    this.#end = end;
  }

  /** @throws {TypeError} through the verdict unless everything was read */
  expectEnd(): void {
    if (this.#at !== this.#end) this.malformed();
  }

  /** @throws {TypeError} through the verdict */
  malformed(): never {
    return this.#verdict.refuse(status.state, "a state is malformed");
  }

  byte(): number {
    if (this.#at === this.#end) this.malformed();
    return this.#bytes[this.#at++] as number;
  }

  /** What {@link Packer.number} wrote after its tag: a finite number, and not -0. */
  number(tag: number): number {
    if (tag === numberTag.integer) return this.#varint();
    if (tag !== numberTag.double) this.malformed();
    return this.double();
  }

  /** A finite number, and not -0. */
  double(): number {
    if (this.#end - this.#at < 8) this.malformed();
    const value = doubleAt(this.#bytes, this.#at);
    this.#at += 8;
    if (value - value !== 0) this.malformed();
    return value + 0;
  }

  /** The data that the rest is JSON of. */
  json(): unknown {
    const data = readJson(this.#rest());
    this.#at = this.#end;
    return data === undefined ? this.malformed() : data;
  }

  #rest(): string {
    let bits = 0;
    for (let at = this.#at; at < this.#end; at++) bits |= this.#bytes[at] as number;
    this.texts++;
    if (bits < 0x80 && this.#text !== "") return slice(this.#text, this.#at, this.#end);
    if (!isUtf8(this.#bytes, this.#at, this.#end)) this.malformed();
    return textOfUtf8(this.#bytes, this.#at, this.#end);
  }

  #varint(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (value > mostInteger || (byte === 0 && unit > 1)) this.malformed();
      if (byte < 0x80) return value;
    }
  }
}
