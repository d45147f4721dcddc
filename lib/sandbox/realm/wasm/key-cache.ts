/** The texts of keys by their bytes, so that a key is decoded once however often it is emitted. */

import { isUtf8 } from "node:buffer";

/** Longer keys, and keys past these bounds, are decoded each time. */
const maxLength = 256;
const maxKeys = 2 ** 20;
const maxBytes = 2 ** 25;
/** So many keys with hashes that are neighbours are looked at. */
const maxProbes = 32;

export class KeyCache {
  #mask = 1023;
  /** Each 0, or the number of a key plus one. */
  #slots = new Uint32Array(this.#mask + 1);
  readonly #texts: string[] = [];
  readonly #hashes: number[] = [];
  readonly #starts: number[] = [0];
  #bytes = Buffer.alloc(2 ** 14);

  /** @returns the key at a place that is within `memory`; undefined when it is not UTF-8 */
  find(memory: Buffer, at: number, length: number): string | undefined {
    if (length > maxLength) return decode(memory, at, length);
    let hash = 2166136261;
    const end = at + length;
    for (let index = at; index < end; index++) hash = Math.imul(hash ^ (memory[index] as number), 16777619);
    hash = (hash ^ (hash >>> 15)) >>> 0;
    const mask = this.#mask;
    const slots = this.#slots;
    for (let probe = 0; probe < maxProbes; probe++) {
      const slot = (hash + probe) & mask;
      const found = slots[slot] as number;
      if (found === 0) return this.#add(slot, hash, decode(memory, at, length), memory.subarray(at, end));
      if (this.#hashes[found - 1] === hash && this.#isSame(found - 1, memory, at, length)) {
        return this.#texts[found - 1];
      }
    }
    return decode(memory, at, length);
  }

  #isSame(key: number, memory: Buffer, at: number, length: number): boolean {
    const start = this.#starts[key] as number;
    if ((this.#starts[key + 1] as number) - start !== length) return false;
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) if (bytes[start + index] !== memory[at + index]) return false;
    return true;
  }

  #add(slot: number, hash: number, text: string | undefined, key: Uint8Array): string | undefined {
    const count = this.#texts.length;
    const start = this.#starts[count] as number;
    if (text === undefined || count === maxKeys || start + key.length > maxBytes) return text;
    if (start + key.length > this.#bytes.length) {
      const grown = Buffer.alloc(this.#bytes.length * 2);
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    this.#bytes.set(key, start);
    this.#texts.push(text);
    this.#hashes.push(hash);
    this.#starts.push(start + key.length);
    this.#slots[slot] = count + 1;
    if ((count + 1) * 2 > this.#mask) this.#grow();
    return text;
  }

  /** A key that finds no place any more is decoded each time. */
  #grow(): void {
    const mask = this.#mask * 2 + 1;
    const slots = new Uint32Array(mask + 1);
    this.#hashes.forEach((hash, key) => {
      for (let probe = 0; probe < maxProbes; probe++) {
        const slot = (hash + probe) & mask;
        if (slots[slot] !== 0) continue;
        slots[slot] = key + 1;
        return;
      }
    });
    this.#slots = slots;
    this.#mask = mask;
  }
}

function decode(memory: Buffer, at: number, length: number): string | undefined {
  const bytes = memory.subarray(at, at + length);
  return isUtf8(bytes) ? bytes.toString() : undefined;
}
