/**
 * What finds tokens and looks up keys many at a time: a small module, `assembly/scanner.ts`, in whose memory a chunk lies.
 * V8 keeps the code of equal modules for all realms and threads, so that it is fast from the first record on. A program
 * reaches neither the module nor its memory. Only for a realm's first script: what it takes is gone from a realm soon after.
 */

import { makeInts, uncurry } from "./_intrinsics.ts";
import { cellsAt, head, missesAt, mostMisses, mostPlaces, mostTallies, placesAt, talliesAt } from "./scanner-layout.ts";

/** A module that another realm compiled: nothing is asked of it. */
export type ScannerModule = object & { readonly scanner: unique symbol };

/** A key that was missed. */
export interface Missed {
  readonly start: number;
  readonly end: number;
  /** Whether it is one of {@link Scanner.words}. */
  readonly isLower: boolean;
}

interface Functions {
  forget(): void;
  tell(): void;
  find(keys: number): void;
  reserve(length: number): number;
  fields(from: number, to: number): number;
  words(from: number, to: number): number;
  keep(start: number, length: number, cell: number, isLower: number): void;
  readonly memory: object;
}

const { Instance, Memory } = (globalThis as unknown as { WebAssembly: Constructors }).WebAssembly;
const exportsOf: (instance: object) => Functions = getterOf(Instance.prototype, "exports");
const bufferOf: (memory: object) => ArrayBuffer = getterOf(Memory.prototype, "buffer");

interface Constructors {
  readonly Instance: { new (module: ScannerModule): object; readonly prototype: object };
  readonly Memory: { readonly prototype: object };
}

export class Scanner {
  readonly #module: ScannerModule;
  /** None until there is a chunk: many a realm has none. */
  #functions: Functions | undefined = undefined;
  #head = makeInts(0);
  /** Where in the chunk keys begin and end, for {@link find}. */
  places: Int32Array = makeInts(0);
  /** The number of each, or -1. To be changed where it is. */
  cells: Int32Array = makeInts(0);
  /** Where in the chunk each key begins and ends that was missed in a part. */
  misses: Int32Array = makeInts(0);
  /** Numbers of keys, each with how often it was found. */
  tallied: Int32Array = makeInts(0);
  #buffer: ArrayBuffer | undefined = undefined;

  constructor(module: ScannerModule) {
    this.#module = module;
  }

  /** All numbers are forgotten. */
  forget(): void {
    this.#functions?.forget();
  }

  /** @returns what has room for `length` bytes from {@link chunkAt} on; undefined where there is no memory for it */
  bufferFor(length: number): ArrayBuffer | undefined {
    const functions = this.#open();
    if (functions === undefined || functions.reserve(length) === 0) return undefined;
    this.#look(functions);
    return this.#buffer;
  }

  /**
   * Looks up the fields of `from` to before `to` of the chunk, until there is no room for more that are missed, and counts
   * those that are not.
   * @returns where to go on; `to` at the end
   */
  fields(from: number, to: number): number {
    return (this.#functions as Functions).fields(from, to);
  }

  /** Likewise the words; where {@link needsText} says so, up to one that may have more than letters of ASCII. */
  words(from: number, to: number): number {
    return (this.#functions as Functions).words(from, to);
  }

  /** Notes which number a key has that was missed: its later ones are counted. May add a tally. */
  keep(key: Missed, cell: number): void {
    (this.#functions as Functions).keep(key.start, key.end - key.start, cell, key.isLower ? 1 : 0);
  }

  /** Looks up the first `keys` of {@link places}. */
  find(keys: number): void {
    (this.#functions as Functions).find(keys);
  }

  /** Tells of all keys that were counted since it was told how often, in {@link tallied}. */
  tell(): void {
    (this.#functions as Functions).tell();
  }

  /** How many tallies there are since a part was looked up: of keys that were pushed out, or that were told. */
  get tallies(): number {
    return this.#head[head.tallies] as number;
  }

  /** How many keys were missed last. */
  get missed(): number {
    return this.#head[head.missed] as number;
  }

  get needsText(): boolean {
    return this.#head[head.needsText] !== 0;
  }

  #open(): Functions | undefined {
    try {
      this.#functions ??= exportsOf(new Instance(this.#module));
    } catch {
      // There is no memory for it: all goes on without.
    }
    return this.#functions;
  }

  /** A memory that grew has another buffer. */
  #look({ memory }: Functions): void {
    const buffer = bufferOf(memory);
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#head = makeInts(buffer, 0, 3);
    this.places = makeInts(buffer, placesAt, 2 * mostPlaces);
    this.cells = makeInts(buffer, cellsAt, mostPlaces);
    this.misses = makeInts(buffer, missesAt, 2 * mostMisses);
    this.tallied = makeInts(buffer, talliesAt, 2 * mostTallies);
  }
}

function getterOf<Result>(owner: object, name: string): Result {
  return uncurry(Object.getOwnPropertyDescriptor(owner, name)?.get);
}
