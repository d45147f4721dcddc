/**
 * Keys as bytes, numbered from 0 in the order in which they first came. An open hash table in typed arrays: a key that is
 * known costs no allocation, and no string. Part of a realm's first script: nothing a program changes reaches it.
 */

import { type ByteView, imul, makeBytes, makeInts, makeView, readyInts, setBytes } from "./_intrinsics.ts";
import { firstBytes } from "./four-bytes.ts";

/** What {@link ByteTable.find} answers instead of a number. */
export const refusedKey = {
  /** A key is longer than the table takes. */
  tooLong: -2,
  /** All keys together are longer than the table takes. */
  full: -3,
} as const;

/** What the keys of a table may take, in bytes: each, and all together. */
export interface TableLimits {
  readonly keyBytes: number;
  readonly totalBytes: number;
}

/** Stands before the JSON text of a key that is no string. No UTF-8 has this byte, so that no string is such a key. */
export const jsonMark = 0xff;

const firstKeys = 1024;
/** Few keys have many slots each: most are found where they are looked for first. */
const firstSlots = 4096;
const firstRoom = 16_384;
/** Offsets are 32 bits, signed. */
const mostBytes = 2 ** 31 - 1;

/**
 * The multiplier of a table's hashes: as secret as its seed, so that nobody finds keys whose hashes are equal.
 * @returns an odd integer of 32 bits, signed
 */
export function multiplierOf(seed: number): number {
  return (imul(seed ^ 0x5bd1e995, 0x9e3779b1) & -8) | 5;
}

/**
 * The hash of what came before and four more bytes; that of nothing is the seed. A key's last step has those that are left,
 * 0 to 3, and zeros. Two bytes at a time, so that all of the hash depends on each.
 * @param multiplier - what {@link multiplierOf} gives
 */
export function hashStep(hash: number, word: number, multiplier: number): number {
  return imul(imul(hash ^ (word & 0xffff), multiplier) ^ (word >>> 16), multiplier);
}

/** @returns the hash of `bytes[start..end)`, 32 bits, signed */
export function hashOf(bytes: Uint8Array, start: number, end: number, seed: number): number {
  const multiplier = multiplierOf(seed);
  let hash = seed;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    const high = (bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8);
    hash = hashStep(hash, low | (high << 16), multiplier);
  }
  return hashStep(hash, lastBytes(bytes, at, end), multiplier);
}

/** @returns `bytes[at..end)`, which are 0 to 3, and zeros, as four */
export function lastBytes(bytes: Uint8Array, at: number, end: number): number {
  let word = 0;
  for (let index = at; index < end; index++) word |= (bytes[index] as number) << ((index - at) << 3);
  return word;
}

export class ByteTable {
  /** Of its hashes: 32 bits, signed. */
  readonly seed: number;
  /** That goes with {@link seed}. */
  readonly multiplier: number;
  readonly #keyBytes: number;
  readonly #totalBytes: number;
  /** For each slot the hash of a key, and its number plus one, or 0. */
  #slots = makeInts(2 * firstSlots);
  /** Picks a slot's first half. */
  #mask = 2 * firstSlots - 2;
  #starts = makeInts(firstKeys);
  #startsRoom = firstKeys;
  #bytes = makeBytes(firstRoom);
  /** {@link #bytes}, of which there are always four more than are used. */
  #view = makeView(this.#bytes);
  #bytesRoom = firstRoom;
  #count = 0;
  #used = 0;

  /** @param seed - any integer; drawn at random where keys come from others */
  constructor(seed: number, { keyBytes, totalBytes }: TableLimits) {
    this.seed = seed | 0;
    this.multiplier = multiplierOf(this.seed);
    this.#keyBytes = keyBytes;
    this.#totalBytes = totalBytes < mostBytes ? totalBytes : mostBytes;
  }

  /** How many keys there are. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of all keys. */
  get usedBytes(): number {
    return this.#used;
  }

  /** How many more bytes of keys there may be. */
  get leftBytes(): number {
    return this.#totalBytes - this.#used;
  }

  /** All keys, one after the other: valid until the next key is added, and to be read only. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Where in {@link bytes} each key begins, and after them where the last ends: likewise. */
  get starts(): Int32Array {
    return this.#starts;
  }

  /**
   * Makes room at once for what is expected: to grow step by step costs as much again. More may come, or less.
   * @param keys - how many
   * @param bytes - of all of them
   */
  reserve(keys: number, bytes: number): void {
    const room = (bytes < this.#totalBytes ? bytes : this.#totalBytes) + 4;
    if (room > this.#bytesRoom) this.#growBytes(room);
    if (keys >= this.#startsRoom) this.#growStarts(keys);
    if (keys * 4 > this.#mask) this.#growSlots(keys);
  }

  /** @returns where in {@link bytes} a key begins; for the number after the last, where that ends */
  startOf(key: number): number {
    return this.#starts[key] as number;
  }

  /**
   * @param bytes - where the key stands, from `start` to before `end`; a copy is kept
   * @param hash - what {@link hashOf} gives for it under this table's seed
   * @returns the key's number: that before was {@link count}, if it is new; or one of {@link refusedKey}
   */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = ((hash ^ (hash >>> 15)) << 1) & mask;
    for (;;) {
      const found = slots[slot + 1] as number;
      if (found === 0) return this.#add(bytes, start, end, hash, slot);
      if (slots[slot] === hash && this.#isSame(found - 1, bytes, start, end)) return found - 1;
      slot = (slot + 2) & mask;
    }
  }

  /**
   * As {@link find}, of a key that is compared four bytes at a time.
   * @param view - of `bytes`, in which four bytes may be read at `start`
   */
  // oxlint-disable-next-line max-params -- the hottest of all
  findIn(view: ByteView, bytes: Uint8Array, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = ((hash ^ (hash >>> 15)) << 1) & mask;
    for (;;) {
      const found = slots[slot + 1] as number;
      if (found === 0) return this.#add(bytes, start, end, hash, slot);
      if (slots[slot] === hash && this.#isSameIn(found - 1, view, start, end)) return found - 1;
      slot = (slot + 2) & mask;
    }
  }

  #isSameIn(key: number, view: ByteView, start: number, end: number): boolean {
    const own = this.#view;
    const at = this.#starts[key] as number;
    const length = end - start;
    if ((this.#starts[key + 1] as number) - at !== length) return false;
    if (length < 4) return firstBytes(own.getInt32(at, true) ^ view.getInt32(start, true), length) === 0;
    // The last four may be some that were compared before.
    const last = length - 4;
    if (own.getInt32(at + last, true) !== view.getInt32(start + last, true)) return false;
    for (let index = 0; index < last; index += 4) {
      if (own.getInt32(at + index, true) !== view.getInt32(start + index, true)) return false;
    }
    return true;
  }

  #isSame(key: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#bytes;
    let at = this.#starts[key] as number;
    if ((this.#starts[key + 1] as number) - at !== end - start) return false;
    for (let from = start; from < end; from++) if (own[at++] !== bytes[from]) return false;
    return true;
  }

  // oxlint-disable-next-line max-params -- the slot goes on from where the search ended
  #add(bytes: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const length = end - start;
    if (length > this.#keyBytes && (bytes[start] !== jsonMark || length > this.#keyBytes + 1)) {
      return refusedKey.tooLong;
    }
    const used = this.#used + length;
    if (used > this.#totalBytes) return refusedKey.full;
    if (used + 4 > this.#bytesRoom) this.#growBytes(used + 4);
    const key = this.#count++;
    const own = this.#bytes;
    let at = this.#used;
    for (let from = start; from < end; from++) own[at++] = bytes[from] as number;
    this.#used = used;
    if (this.#count === this.#startsRoom) this.#growStarts(this.#count);
    this.#starts[this.#count] = used;
    this.#slots[slot] = hash;
    this.#slots[slot + 1] = this.#count;
    // Half of the slots stay empty.
    if (this.#count * 4 > this.#mask) this.#growSlots(this.#count);
    return key;
  }

  #growBytes(needed: number): void {
    let room = this.#bytesRoom;
    while (room < needed) room *= 2;
    const grown = makeBytes(room);
    setBytes(grown, this.#bytes);
    this.#bytes = grown;
    this.#view = makeView(grown);
    this.#bytesRoom = room;
  }

  #growStarts(keys: number): void {
    let room = this.#startsRoom;
    while (room <= keys) room *= 2;
    const grown = makeInts(room);
    setBytes(grown, this.#starts);
    this.#starts = grown;
    this.#startsRoom = room;
  }

  #growSlots(keys: number): void {
    const old = this.#slots;
    const oldLength = this.#mask + 2;
    let length = oldLength;
    while (keys * 4 > length - 2) length *= 2;
    const slots = readyInts(length);
    const mask = length - 2;
    for (let from = 0; from < oldLength; from += 2) {
      const key = old[from + 1] as number;
      if (key === 0) continue;
      const hash = old[from] as number;
      let slot = ((hash ^ (hash >>> 15)) << 1) & mask;
      while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
      slots[slot] = hash;
      slots[slot + 1] = key;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
