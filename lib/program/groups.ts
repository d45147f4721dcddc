/** What was emitted so far, grouped by key: one cell per key, in the order in which keys first came. */

import type { KeyKind } from "../data/keys.ts";
import { isArray, isWellFormed, list, parse, slice, table } from "./_intrinsics.ts";
import { isLonger, numberText, stringText } from "./data-text.ts";
import type { Key } from "./program.ts";
import { stringIn } from "./text.ts";
import { status, type Verdict } from "./verdict.ts";

/** One key and what is gathered under it. */
export interface Cell {
  readonly kind: KeyKind;
  /** A string key itself, or the JSON text of another. */
  readonly key: string;
  /** How many emitted values are in `state`. */
  values: number;
  /** An aggregate's state, or the list of the values' JSON texts. */
  state: unknown;
  /** A character for each owner whose values are in it. */
  owners: string;
}

/** How long a slice V8 keeps as a pointer into the string it was cut from, which then stays in memory. */
const shortestSlice = 13;

/** What keys may take, in bytes: each, and all together. */
export interface KeyLimits {
  readonly keyBytes: number;
  readonly outputBytes: number;
}

export class Groups {
  readonly #strings = table<string, Cell>();
  readonly #numbers = table<number, Cell>();
  readonly #texts = table<string, Cell>();
  readonly #cells = list<Cell>();
  readonly #verdict: Verdict;
  readonly #zero: () => unknown;
  readonly #limits: KeyLimits;
  /** UTF-16 units of all keys: never more than their bytes. */
  keyUnits = 0;

  /** @param zero - makes the state of a key's cell */
  constructor(verdict: Verdict, zero: () => unknown, limits: KeyLimits) {
    this.#verdict = verdict;
    this.#zero = zero;
    this.#limits = limits;
  }

  /** The cells, in the order in which keys first came. To be read only. */
  get cells(): readonly Cell[] {
    return this.#cells;
  }

  /**
   * @returns the cell of a key that a program emitted, new where the key is
   * @throws {TypeError} through the verdict when it is no key, or too long
   */
  find(key: unknown): Cell {
    if (typeof key === "string") return this.#strings.get(key) ?? this.#newString(key);
    if (typeof key === "number") return this.#numbers.get(key) ?? this.#newNumber(key);
    const text = stringIn(key);
    return text === undefined ? this.#findText(keyText(key, this.#verdict)) : this.find(text);
  }

  /** @returns the cell of a key that came in a pair. */
  findPair(kind: KeyKind, key: string): Cell {
    if (kind === 0) return this.#strings.get(key) ?? this.#newString(key);
    return this.#findText(key);
  }

  #newString(key: string): Cell {
    if (!isWellFormed(key)) this.#verdict.refuse(status.value, "a key has half of a surrogate pair");
    const own = key.length < shortestSlice ? key : slice(` ${key}`, 1);
    const cell = this.#newCell(0, own);
    this.#strings.set(own, cell);
    return cell;
  }

  #newNumber(key: number): Cell {
    const cell = this.#findText(numberText(key, this.#verdict));
    this.#numbers.set(key, cell);
    return cell;
  }

  #findText(text: string): Cell {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const cell = this.#newCell(1, text);
    this.#texts.set(text, cell);
    return cell;
  }

  #newCell(kind: KeyKind, key: string): Cell {
    const { keyBytes, outputBytes } = this.#limits;
    if (isLonger(key, keyBytes)) this.#verdict.refuse(status.key, "a key is longer than limits.keyBytes");
    if (this.keyUnits + key.length > outputBytes) this.#verdict.refuseOutput();
    const cell: Cell = { kind, key, values: 0, state: this.#zero(), owners: "" };
    this.#cells[this.#cells.length] = cell;
    this.keyUnits += key.length;
    return cell;
  }
}

/** @returns the key that a cell's text stands for. */
export function keyOf(cell: Cell): Key {
  return cell.kind === 0 ? cell.key : (parse(cell.key) as Key);
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
