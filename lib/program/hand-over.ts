/**
 * How what an engine gathered leaves its realm, and how what others gathered comes in: packed, in portions, so that no
 * call is made for a pair and no string for what is bytes. Pairs are laid out as in `data/pairs.ts`, results
 * likewise, with a varint in place of the state, of how many owners the values were, and after it the JSON text.
 */

import { found, PairReader } from "../data/pair-reader.ts";
import { bufferOf, makeBytes, makeInts } from "./_intrinsics.ts";
import type { Engine } from "./engine.ts";
import { Packer } from "./packer.ts";
import { Unpacker } from "./unpacker.ts";
import { status, type Verdict } from "./verdict.ts";

/** Bytes after which a portion ends: between two of them a realm gives a sign of life. */
export const portionBytes = 65_536;
const noBytes = makeBytes(0);
const fetchedCells = 64;

/** Pairs that came from elsewhere. */
export interface Arrived {
  readonly bytes: Uint8Array;
  /** How many of the bytes there are. */
  readonly length: number;
  /** The bytes as characters from 0 to 255; or nothing, as long as no {@link HandOver.texts} were met. */
  readonly text: string;
  /** The number of whose they are. */
  readonly owner: number;
}

export class HandOver {
  /** The portion that was packed last. */
  readonly packed: Packer = new Packer(2 * portionBytes);
  readonly #engine: Engine;
  readonly #reader = new PairReader(noBytes);
  #unpacker: Unpacker | undefined;
  readonly #onlyStrings: boolean;
  /** Bytes of the keys, and of the states or results, in that portion. */
  payload = 0;
  /** Keeps the compiler from leaving out what is only looked at. */
  fetched = 0;
  /** Pairs merged so far. */
  merged = 0;

  /** @param onlyStrings - whether keys that come from elsewhere must be strings */
  constructor(engine: Engine, onlyStrings = false) {
    this.#engine = engine;
    this.#onlyStrings = onlyStrings;
  }

  /** How many states were JSON so far: where they are numbers, nobody need make texts of bytes. */
  get texts(): number {
    return this.#unpacker?.texts ?? 0;
  }

  /** How many cells there are. */
  get cells(): number {
    return this.#engine.groups.count;
  }

  /** The bytes of all keys. */
  get keyBytes(): ArrayBuffer {
    return bufferOf(this.#engine.groups.keys.bytes);
  }

  /** Where in them each key begins, and the last ends: 32 bits each. */
  get keyStarts(): ArrayBuffer {
    return bufferOf(this.#engine.groups.keys.starts);
  }

  /** How many values are under each key: doubles. */
  get values(): ArrayBuffer {
    return bufferOf(this.#engine.groups.values);
  }

  /** Packs a portion of the pairs from cell `from` on. @returns the first cell that is not packed, or a failure */
  pairs(from: number): number {
    const { groups } = this.#engine;
    const { packed } = this;
    this.clear();
    let cell = from;
    const failure = this.#engine.guard(() => {
      for (; cell < groups.count && packed.length < portionBytes; cell++) {
        const values = groups.values[cell] as number;
        // Else a record made it that was skipped.
        if (values > 0) this.#pack(cell, () => this.#engine.packState(cell, packed));
      }
    });
    return failure === 0 ? cell : failure;
  }

  /**
   * Packs a portion of results.
   * @param order - cells, in the order in which their results are wanted
   * @returns the first place in `order` that is not packed, or a failure
   */
  results(order: Int32Array, from: number, to: number): number {
    const { packed } = this;
    this.clear();
    let at = from;
    for (let fetched = from; at < to && packed.length < portionBytes; at++) {
      if (at === fetched) fetched = this.#fetch(order, at, to);
      const cell = order[at] as number;
      const result = this.#engine.resultText(cell);
      if (typeof result === "number") return result;
      this.packResult(cell, result);
    }
    return at;
  }

  /**
   * Looks at what the next cells have, which lies all over memory: the processor then waits for many at once, and not for
   * one after the other.
   * @returns the first place in `order` that was not looked at
   */
  #fetch(order: Int32Array, from: number, to: number): number {
    const { keys, values } = this.#engine.groups;
    const { bytes, starts } = keys;
    const end = to - from > fetchedCells ? from + fetchedCells : to;
    let seen = 0;
    for (let at = from; at < end; at++) {
      const cell = order[at] as number;
      seen += (starts[cell] as number) + (values[cell] as number);
    }
    for (let at = from; at < end; at++) seen += bytes[starts[order[at] as number] as number] as number;
    this.fetched = seen;
    return end;
  }

  /** As {@link results}, of the cells whose numbers are in `order`, 32 bits each. */
  resultsOf(order: ArrayBuffer, from: number, to: number): number {
    return this.results(makeInts(order), from, to);
  }

  /** As {@link merge}, of the bytes at the beginning of `buffer`. */
  mergeFrom(buffer: ArrayBuffer, arrived: Omit<Arrived, "bytes">): number {
    const { length, text, owner } = arrived;
    return this.merge({ bytes: makeBytes(buffer, 0, length), length, text, owner });
  }

  /** Merges whole pairs. @returns how many bytes they take, which may be none; or a failure */
  merge({ bytes, length, text, owner }: Arrived): number {
    const reader = this.#reader;
    reader.begin(bytes, 0, length);
    const failure = this.#engine.guard((verdict) => {
      const unpacker = (this.#unpacker ??= new Unpacker(bytes, verdict));
      unpacker.begin(bytes, text);
      for (;;) {
        const answer = reader.next();
        if (answer === found.cut) return;
        if (answer === found.malformed) verdict.refuse(status.state, "a pair is malformed");
        this.#mergePair(bytes, unpacker, { owner, verdict });
      }
    });
    return failure === 0 ? reader.at : failure;
  }

  /** Adds a result to {@link packed}. @param result - JSON text */
  packResult(cell: number, result: string): void {
    this.#pack(cell, () => {
      this.packed.varint(this.#engine.groups.ownersOf(cell));
      this.packed.text(result);
    });
  }

  /** Makes room at once for so many keys, of so many bytes in all: more may come, or less, and no program can tell. */
  expect(keys: number, bytes: number): void {
    this.#engine.groups.reserve(keys, bytes);
  }

  /** Forgets what is packed. */
  clear(): void {
    this.packed.length = 0;
    this.payload = 0;
  }

  #mergePair(bytes: Uint8Array, unpacker: Unpacker, { owner, verdict }: { owner: number; verdict: Verdict }): void {
    const { kind, keyStart, keyEnd, values, stateStart, stateEnd } = this.#reader;
    const { groups } = this.#engine;
    const cell = kind === 0 ? groups.findBytes(bytes, keyStart, keyEnd) : groups.findKeyText(bytes, keyStart, keyEnd);
    if (cell === -1 || (kind !== 0 && this.#onlyStrings)) verdict.refuse(status.state, "a key is malformed");
    unpacker.open(stateStart, stateEnd);
    this.#engine.unpackState(cell, unpacker, values);
    unpacker.expectEnd();
    groups.own(cell, owner);
    this.merged++;
  }

  /** @param pack - writes what stands behind the key */
  #pack(cell: number, pack: () => void): void {
    const { groups } = this.#engine;
    const { packed } = this;
    groups.pack(cell, packed);
    packed.varint(groups.values[cell] as number);
    const start = packed.open();
    pack();
    this.payload += groups.bytesOf(cell) + packed.length - start;
    packed.close(start);
  }
}
