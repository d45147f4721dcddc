/** What stands for a key, by the key's bytes: so that a key is decoded and looked up once however often it is emitted. */

import { isUtf8 } from "node:buffer";

/** Longer keys, and keys past these bounds, are decoded each time. */
const maxLength = 256;
const maxKeys = 2 ** 20;
const maxBytes = 2 ** 25;
/** So many keys with hashes that are neighbours are looked at. */
const maxProbes = 32;

export class KeyCache<Entry> {
  readonly #make: (key: string) => Entry;
  #mask = 1023;
  /** For each slot the hash of a key, and 0 or the key's number plus one. */
  #slots = new Uint32Array(2 * (this.#mask + 1));
  readonly #entries: Entry[] = [];
  readonly #starts: number[] = [0];
  #bytes = Buffer.alloc(2 ** 14);

  /** @param make - what stands for a key; may throw */
  constructor(make: (key: string) => Entry) {
    this.#make = make;
  }

  /** @returns what stands for the key at a place that is within `memory`; undefined when that is not UTF-8 */
  find(memory: Buffer, at: number, length: number): Entry | undefined {
    if (length > maxLength) return this.#decode(memory, at, length);
    let hash = 2166136261;
    const end = at + length;
    for (let index = at; index < end; index++) hash = Math.imul(hash ^ (memory[index] as number), 16777619);
    hash = (hash ^ (hash >>> 15)) >>> 0;
    const slots = this.#slots;
    for (let probe = 0; probe < maxProbes; probe++) {
      const slot = 2 * ((hash + probe) & this.#mask);
      const found = slots[slot + 1] as number;
      if (found === 0) return this.#add(slot, hash, memory.subarray(at, end));
      if (slots[slot] === hash && this.#isSame(found - 1, memory, at, length)) return this.#entries[found - 1];
    }
    return this.#decode(memory, at, length);
  }

  #isSame(key: number, memory: Buffer, at: number, length: number): boolean {
    const start = this.#starts[key] as number;
    if ((this.#starts[key + 1] as number) - start !== length) return false;
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) if (bytes[start + index] !== memory[at + index]) return false;
    return true;
  }

  #decode(memory: Buffer, at: number, length: number): Entry | undefined {
    const bytes = memory.subarray(at, at + length);
    return isUtf8(bytes) ? this.#make(bytes.toString()) : undefined;
  }

  #add(slot: number, hash: number, key: Buffer): Entry | undefined {
    const entry = this.#decode(key, 0, key.length);
    const count = this.#entries.length;
    const start = this.#starts[count] as number;
    if (entry === undefined || count === maxKeys || start + key.length > maxBytes) return entry;
    if (start + key.length > this.#bytes.length) {
      const grown = Buffer.alloc(this.#bytes.length * 2);
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    this.#bytes.set(key, start);
    this.#entries.push(entry);
    this.#starts.push(start + key.length);
    this.#slots[slot] = hash;
    this.#slots[slot + 1] = count + 1;
    if ((count + 1) * 2 > this.#mask) this.#grow();
    return entry;
  }

  /** A key that finds no place any more is decoded each time. */
  #grow(): void {
    const old = this.#slots;
    const mask = this.#mask * 2 + 1;
    const slots = new Uint32Array(2 * (mask + 1));
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      const hash = old[from] as number;
      for (let probe = 0; probe < maxProbes; probe++) {
        const slot = 2 * ((hash + probe) & mask);
        if (slots[slot + 1] !== 0) continue;
        slots[slot] = hash;
        slots[slot + 1] = old[from + 1] as number;
        break;
      }
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
