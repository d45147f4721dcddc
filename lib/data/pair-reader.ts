/**
 * Reads pairs one by one where they lie, as `pairs.ts` lays them out: nothing is copied, and every length is bounded by
 * what is there. Imports nothing but the kinds of keys, so that a realm can hold it.
 */

import type { KeyKind } from "./keys.ts";

/** What {@link PairReader.next} answers. */
export const found = {
  pair: 1,
  /** The bytes end before the pair does. */
  cut: 0,
  malformed: -1,
} as const;

const mostInteger = 2 ** 53 - 1;

export class PairReader {
  kind: KeyKind = 0;
  /** Where the key's bytes are. */
  keyStart = 0;
  keyEnd = 0;
  /** How many emitted values are in the state: at least one. */
  values = 0;
  /** Where the state's bytes are. */
  stateStart = 0;
  stateEnd = 0;
  /** Where the next pair begins. */
  at = 0;
  #bytes: Uint8Array;
  #end = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Begins at `bytes[from]`, and reads to before `bytes[end]`. */
  begin(bytes: Uint8Array, from: number, end: number): void {
    this.#bytes = bytes;
    this.at = from;
    this.#end = end;
  }

  /** Reads one pair. Where it is cut or malformed, {@link at} stays where it begins. */
  next(): (typeof found)[keyof typeof found] {
    const start = this.at;
    const answer = this.#read();
    if (answer !== found.pair) this.at = start;
    return answer;
  }

  /** @returns a LEB128 of at most 53 bits and one spelling at {@link at}; -1 where it is cut, -2 where it is none */
  varint(): number {
    const bytes = this.#bytes;
    if (this.at >= this.#end) return -1;
    let value = bytes[this.at++] as number;
    if (value < 0x80) return value;
    value -= 0x80;
    for (let unit = 0x80; ; unit *= 0x80) {
      if (this.at >= this.#end) return -1;
      const byte = bytes[this.at++] as number;
      value += (byte & 0x7f) * unit;
      if (value > mostInteger || byte === 0) return -2;
      if (byte < 0x80) return value;
    }
  }

  #read(): (typeof found)[keyof typeof found] {
    if (this.at >= this.#end) return found.cut;
    const kind = this.#bytes[this.at++] as number;
    if (kind > 1) return found.malformed;
    this.kind = kind === 0 ? 0 : 1;
    const keyLength = this.varint();
    if (keyLength < 0) return keyLength === -1 ? found.cut : found.malformed;
    this.keyStart = this.at;
    this.keyEnd = this.at + keyLength;
    this.at = this.keyEnd;
    this.values = this.varint();
    if (this.values <= 0) return this.values === -1 ? found.cut : found.malformed;
    const stateLength = this.varint();
    if (stateLength < 0) return stateLength === -1 ? found.cut : found.malformed;
    this.stateStart = this.at;
    this.stateEnd = this.at + stateLength;
    if (this.stateEnd > this.#end) return found.cut;
    this.at = this.stateEnd;
    return found.pair;
  }
}
