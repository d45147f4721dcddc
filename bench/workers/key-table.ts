/** Open addressing over bytes, as one writes it by hand for speed: keys in an arena, slots of entry numbers. */

const firstSlots = 1 << 16;

export class KeyTable {
  /** Entries so far. Columns of values are the caller's, by entry number. */
  size = 0;
  #slots = new Int32Array(firstSlots).fill(-1);
  #hashes = new Int32Array(firstSlots);
  #starts = new Int32Array(firstSlots);
  #keys = new Uint8Array(1 << 20);
  #used = 0;

  /**
   * @param fold - what each byte counts as; an array of 256
   * @returns the number of the key's entry, the next one where it is new
   */
  find(bytes: Uint8Array, start: number, end: number, hash: number, fold: Uint8Array): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const length = end - start;
    for (let at = (hash ^ (hash >>> 15)) & mask; ; at = (at + 1) & mask) {
      const entry = slots[at] as number;
      if (entry === -1) return this.#add(at, bytes.subarray(start, end), hash, fold);
      if (this.#hashes[entry] !== hash) continue;
      const from = this.#starts[entry] as number;
      if (this.#endOf(entry) - from !== length) continue;
      let same = 0;
      while (same < length && this.#keys[from + same] === fold[bytes[start + same] as number]) same++;
      if (same === length) return entry;
    }
  }

  /** @returns the key of an entry */
  key(entry: number): string {
    return Buffer.from(
      this.#keys.buffer,
      this.#starts[entry],
      this.#endOf(entry) - (this.#starts[entry] as number),
    ).toString();
  }

  #endOf(entry: number): number {
    return entry + 1 < this.size ? (this.#starts[entry + 1] as number) : this.#used;
  }

  #add(at: number, key: Uint8Array, hash: number, fold: Uint8Array): number {
    const entry = this.size++;
    if (this.#used + key.length > this.#keys.length) {
      this.#keys = enlarged(this.#keys, Uint8Array, 2 * this.#keys.length + key.length);
    }
    this.#starts[entry] = this.#used;
    for (const byte of key) this.#keys[this.#used++] = fold[byte] as number;
    this.#hashes[entry] = hash;
    this.#slots[at] = entry;
    if (2 * this.size > this.#slots.length) this.#grow();
    return entry;
  }

  #grow(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(-1);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.size; entry++) {
      const hash = this.#hashes[entry] as number;
      let at = (hash ^ (hash >>> 15)) & mask;
      while (slots[at] !== -1) at = (at + 1) & mask;
      slots[at] = entry;
    }
    this.#slots = slots;
    this.#hashes = enlarged(this.#hashes, Int32Array, slots.length);
    this.#starts = enlarged(this.#starts, Int32Array, slots.length);
  }
}

/** A column of numbers that grows with the table. */
export function columnFor(column: Float64Array, entries: number): Float64Array {
  return entries < column.length ? column : enlarged(column, Float64Array, 2 * entries + 1024);
}

function enlarged<A extends Uint8Array | Int32Array | Float64Array>(
  array: A,
  Kind: new (length: number) => A,
  length: number,
): A {
  const larger = new Kind(length);
  larger.set(array);
  return larger;
}
