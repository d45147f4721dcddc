/**
 * The keys of what was emitted so far, each with a cell: a number from 0, in the order in which keys first came. A key is
 * its bytes, in one table, however it came: a string and a view of the same text are one.
 */

import type { KeyKind } from "../data/keys.ts";
import {
  fromCharCode,
  indexOf,
  isArray,
  makeFloats,
  makeInts,
  parse,
  readyFloats,
  setBytes,
  slice,
  table,
} from "./_intrinsics.ts";
import { ByteTable, hashOf, jsonMark, refusedKey } from "./byte-table.ts";
import { isUtf8, textOfUtf8 } from "./byte-text.ts";
import { numberText, stringText } from "./data-text.ts";
import { Packer } from "./packer.ts";
import type { Key } from "./program.ts";
import { readJson } from "./read-json.ts";
import { findIn, stringIn } from "./text.ts";
import { status, type Verdict } from "./verdict.ts";

/** What keys may take, in bytes: each, and all together. */
export interface KeyLimits {
  readonly keyBytes: number;
  readonly outputBytes: number;
  /** Of the table's hashes: a secret integer where keys come from others. */
  readonly seed?: number;
}

const firstRoom = 1024;

/** Owners that have a flag. */
const flags = 31;

/** How long a slice V8 keeps as a pointer into the string it was cut from, which then stays in memory. */
const shortestSlice = 13;

export class Groups {
  /** How many emitted values are in each cell. To be changed by the engine alone. */
  values: Float64Array = makeFloats(firstRoom);
  /** How many cells there are. */
  count = 0;
  readonly #table: ByteTable;
  readonly #strings = table<string, number>();
  readonly #numbers = table<number, number>();
  readonly #scratch = new Packer(256);
  readonly #verdict: Verdict;
  readonly #keyBytes: number;
  readonly #grow: (room: number) => void;
  #room = firstRoom;
  /** Whose values came first, and in how many cells they may be: flags are kept once there is another owner. */
  #firstOwner = -1;
  #firstCells = 0;
  /** Of each cell a flag for each of the first owners whose values are in it. */
  #owner = makeInts(0);
  #ownerRoom = 0;
  /** A character for each other owner. */
  readonly #moreOwners = table<number, string>();
  #hasMore = false;

  /** @param grow - told for how many cells there must be room, before there are */
  constructor(verdict: Verdict, { keyBytes, outputBytes, seed = 0 }: KeyLimits, grow: (room: number) => void) {
    this.#verdict = verdict;
    this.#keyBytes = keyBytes;
    this.#table = new ByteTable(seed, { keyBytes, totalBytes: outputBytes });
    this.#grow = grow;
    grow(firstRoom);
  }

  /** The keys' bytes, by cell; a {@link jsonMark} stands before the JSON text of a key that is no string. */
  get keys(): ByteTable {
    return this.#table;
  }

  /** Makes room at once for so many keys, of so many bytes in all: more may come, or less. */
  reserve(keys: number, bytes: number): void {
    this.#table.reserve(keys, bytes);
    if (keys > this.#room) this.#growColumns(keys + firstRoom);
  }

  /**
   * @returns the cell of a key that a program emitted, new where the key is
   * @throws {TypeError} through the verdict when it is no key, or too long
   */
  find(key: unknown): number {
    if (typeof key === "string") {
      const known = this.#strings.get(key);
      return known === undefined ? this.#newString(key) : known;
    }
    if (typeof key === "number") {
      const known = this.#numbers.get(key);
      return known === undefined ? this.#newNumber(key) : known;
    }
    const found = findIn(this.#table, key);
    if (found !== -1) return this.admit(found);
    return this.#findJson(keyText(key, this.#verdict));
  }

  /** @returns the cell of a key that came in a pair; -1 where it is none */
  findPair(kind: KeyKind, key: string): number {
    if (kind === 0) return this.find(key);
    return isKeyText(key, this.#verdict) ? this.#findJson(key) : -1;
  }

  /** @returns the cell of the string key `bytes[start..end)`; -1 where that is not UTF-8 */
  findBytes(bytes: Uint8Array, start: number, end: number): number {
    let bits = 0;
    for (let at = start; at < end; at++) bits |= bytes[at] as number;
    if (bits >= 0x80 && !isUtf8(bytes, start, end)) return -1;
    return this.admit(this.#table.find(bytes, start, end, hashOf(bytes, start, end, this.#table.seed)));
  }

  /** As {@link findBytes}, of the JSON text of another key; -1 where it is no such text. */
  findKeyText(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > this.#keyBytes) this.#refuseLong();
    const scratch = this.#scratch;
    scratch.length = 0;
    scratch.byte(jsonMark);
    scratch.copy(bytes, start, end);
    const { count } = this;
    const cell = this.#findScratch();
    if (cell < count) return cell;
    const isKey = isUtf8(bytes, start, end) && isKeyText(textOfUtf8(bytes, start, end), this.#verdict);
    return isKey ? cell : -1;
  }

  /** Makes cells of what {@link keys} answered. @throws {TypeError} through the verdict when it refused one */
  admitAll(cells: Int32Array, count: number): void {
    for (let index = 0; index < count; index++) this.admit(cells[index] as number);
  }

  /** Makes a cell of what {@link keys} answered. @returns it. @throws {TypeError} likewise */
  admit(found: number): number {
    if (found < this.count) return found < 0 ? this.#refuse(found) : found;
    this.count = found + 1;
    while (this.count > this.#room) this.#growColumns(this.#room * 2);
    return found;
  }

  kindOf(cell: number): KeyKind {
    const start = this.#table.startOf(cell);
    return start < this.#table.startOf(cell + 1) && this.#table.bytes[start] === jsonMark ? 1 : 0;
  }

  /** @returns how long {@link textOf} is, in UTF-8 */
  bytesOf(cell: number): number {
    return this.#table.startOf(cell + 1) - this.#table.startOf(cell) - this.kindOf(cell);
  }

  /** @returns a string key itself, or the JSON text of another */
  textOf(cell: number): string {
    const start = this.#table.startOf(cell) + this.kindOf(cell);
    return textOfUtf8(this.#table.bytes, start, this.#table.startOf(cell + 1));
  }

  /** @returns the key that a program emitted */
  keyOf(cell: number): Key {
    const text = this.textOf(cell);
    return this.kindOf(cell) === 0 ? text : (parse(text) as Key);
  }

  /** Values of an owner came into a cell. @param sign - a number for each owner, from 0 */
  own(cell: number, sign: number): void {
    if (this.#ownerRoom === 0) {
      if (this.#firstOwner === -1) this.#firstOwner = sign;
      if (this.#firstOwner === sign) {
        if (cell >= this.#firstCells) this.#firstCells = cell + 1;
        return;
      }
      this.#growOwner();
      for (let owned = 0; owned < this.#firstCells; owned++) this.#flag(owned, this.#firstOwner);
    }
    this.#flag(cell, sign);
  }

  #flag(cell: number, sign: number): void {
    if (this.#ownerRoom < this.#room) this.#growOwner();
    if (sign < flags) this.#owner[cell] = (this.#owner[cell] as number) | (1 << sign);
    else this.#ownMore(cell, fromCharCode(sign));
  }

  /** @returns how many owners' values are in a cell */
  ownersOf(cell: number): number {
    if (this.#ownerRoom === 0) return cell < this.#firstCells ? 1 : 0;
    let count = this.#hasMore ? (this.#moreOwners.get(cell) ?? "").length : 0;
    // Each turn takes away the lowest flag.
    for (let rest = cell < this.#ownerRoom ? (this.#owner[cell] as number) : 0; rest !== 0; rest &= rest - 1) count++;
    return count;
  }

  /** Writes a cell's key: its kind, its length and its bytes. */
  pack(cell: number, packer: Packer): void {
    const kind = this.kindOf(cell);
    const start = this.#table.startOf(cell) + kind;
    const end = this.#table.startOf(cell + 1);
    packer.byte(kind);
    packer.varint(end - start);
    packer.copy(this.#table.bytes, start, end);
  }

  #newString(key: string): number {
    // Before it is copied: in UTF-8 it is no shorter.
    if (key.length > this.#keyBytes) this.#refuseLong();
    const scratch = this.#scratch;
    scratch.length = 0;
    if (!scratch.text(key)) this.#verdict.refuse(status.value, "a key has half of a surrogate pair");
    const cell = this.#findScratch();
    this.#strings.set(key.length < shortestSlice ? key : slice(` ${key}`, 1), cell);
    return cell;
  }

  #newNumber(key: number): number {
    const cell = this.#findJson(numberText(key, this.#verdict));
    this.#numbers.set(key, cell);
    return cell;
  }

  #findJson(text: string): number {
    if (text.length > this.#keyBytes) this.#refuseLong();
    const scratch = this.#scratch;
    scratch.length = 0;
    scratch.byte(jsonMark);
    scratch.text(text);
    return this.#findScratch();
  }

  #findScratch(): number {
    const { bytes, length } = this.#scratch;
    return this.admit(this.#table.find(bytes, 0, length, hashOf(bytes, 0, length, this.#table.seed)));
  }

  #refuse(found: number): never {
    if (found === refusedKey.full) this.#verdict.refuseOutput();
    return this.#refuseLong();
  }

  #refuseLong(): never {
    return this.#verdict.refuse(status.key, "a key is longer than limits.keyBytes");
  }

  #growColumns(room: number): void {
    this.#grow(room);
    const values = readyFloats(room);
    setBytes(values, this.values);
    this.values = values;
    this.#room = room;
  }

  #growOwner(): void {
    const grown = makeInts(this.#room);
    setBytes(grown, this.#owner);
    this.#owner = grown;
    this.#ownerRoom = this.#room;
  }

  #ownMore(cell: number, mark: string): void {
    const known = this.#moreOwners.get(cell) ?? "";
    this.#moreOwners.set(cell, indexOf(known, mark, 0) === -1 ? known + mark : known);
    this.#hasMore = true;
  }
}

/** @returns whether `text` is the text of a key that is no string */
function isKeyText(text: string, verdict: Verdict): boolean {
  const key = readJson(text);
  if (typeof key === "string" || key === null || key === undefined) return false;
  return (isArray(key) || typeof key !== "object") && keyText(key, verdict) === text;
}

function keyText(key: unknown, verdict: Verdict): string {
  if (!isArray(key)) return scalarText(key, verdict);
  let text = "[";
  for (let index = 0; index < key.length; index++) {
    if (index > 0) text += ",";
    text += scalarText(key[index], verdict);
  }
  return `${text}]`;
}

function scalarText(key: unknown, verdict: Verdict): string {
  if (typeof key === "string") return stringText(key, verdict);
  if (typeof key === "number") return numberText(key, verdict);
  if (typeof key === "boolean") return key ? "true" : "false";
  const text = stringIn(key);
  if (text !== undefined) return stringText(text, verdict);
  return verdict.refuse(status.value, `a key is ${key === null ? "null" : `of type ${typeof key}`}`);
}
