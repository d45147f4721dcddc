/**
 * What is gathered under each key, by the number of its cell: the states of a program's aggregate, or lists of values
 * where it has none. Those of the library's own aggregates are in `number-states.ts`.
 */

import { isArray, join, list, parse, sort } from "./_intrinsics.ts";
import { dataText } from "./data-text.ts";
import type { Packer } from "./packer.ts";
import type { Aggregate } from "./program.ts";
import type { Unpacker } from "./unpacker.ts";
import { status, type Verdict } from "./verdict.ts";

/** Each may throw whatever a program throws. `before` is how many values the cell had. */
export interface States {
  /** Makes room for cells below `room`. */
  grow(room: number): void;
  add(cell: number, value: unknown, before: number): void;
  /** Adds a state from elsewhere that `values` values came to. */
  merge(cell: number, state: unknown, values: number, before: number): void;
  /** The cell's state, as data, where it has `values` values. */
  stateOf(cell: number, values: number): unknown;
  /** Writes the cell's state. */
  pack(cell: number, packer: Packer): void;
  /** Adds a state that {@link pack} wrote elsewhere. */
  unpack(cell: number, from: Unpacker, values: number, before: number): void;
}

/** The first byte of a packed state that is JSON; one that is a number begins with that's tag. */
const jsonTag = 0;

/** States that only a program understands. */
export class AggregateStates implements States {
  readonly #aggregate: Aggregate<unknown, unknown, unknown>;
  readonly #verdict: Verdict;
  readonly #states = list<unknown>();

  constructor(aggregate: Aggregate<unknown, unknown, unknown>, verdict: Verdict) {
    this.#aggregate = aggregate;
    this.#verdict = verdict;
  }

  grow(): void {
    // A list grows by itself.
  }

  add(cell: number, value: unknown, before: number): void {
    const state = before === 0 ? this.#aggregate.zero() : this.#states[cell];
    this.#states[cell] = this.#aggregate.add(state, value);
  }

  merge(cell: number, state: unknown, _values: number, before: number): void {
    this.#states[cell] = before === 0 ? state : this.#aggregate.merge(this.#states[cell], state);
  }

  stateOf(cell: number): unknown {
    return this.#states[cell];
  }

  /** Replaces a cell's state by one that stands for it. */
  replace(cell: number, state: unknown): void {
    this.#states[cell] = state;
  }

  pack(cell: number, packer: Packer): void {
    const state = this.#states[cell];
    if (typeof state === "number" && state - state === 0) {
      packer.number(state || 0);
      return;
    }
    packer.byte(jsonTag);
    packer.text(dataText(state, this.#verdict));
  }

  unpack(cell: number, from: Unpacker, values: number, before: number): void {
    const tag = from.byte();
    this.merge(cell, tag === jsonTag ? from.json() : from.number(tag), values, before);
  }
}

/** Lists of the values' JSON texts. */
export class ListStates implements States {
  /** UTF-16 units of all values: never more than their bytes. */
  units = 0;
  readonly #verdict: Verdict;
  readonly #lists = list<string[]>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  grow(): void {
    // A list grows by itself.
  }

  /** @param value - JSON text */
  add(cell: number, value: unknown, before: number): void {
    if (before === 0) this.#lists[cell] = list<string>();
    this.#append(this.#lists[cell] as string[], value as string);
  }

  merge(cell: number, state: unknown, _values: number, before: number): void {
    if (!isArray(state)) this.#verdict.refuse(status.state, "a list of values is malformed");
    const values = state as unknown[];
    const texts = before === 0 ? list<string>() : (this.#lists[cell] as string[]);
    this.#lists[cell] = texts;
    for (let index = 0; index < values.length; index++) this.#append(texts, dataText(values[index], this.#verdict));
  }

  stateOf(cell: number): unknown {
    return parse(this.textOf(cell));
  }

  /** @returns the JSON text of the list */
  textOf(cell: number): string {
    return `[${join(this.#lists[cell] as string[], ",")}]`;
  }

  /** @returns the values in the order of their JSON text, in an array of the program's realm */
  sorted(cell: number): readonly unknown[] {
    sort(this.#lists[cell] as string[]);
    return parse(this.textOf(cell)) as unknown[];
  }

  pack(cell: number, packer: Packer): void {
    packer.text(this.textOf(cell));
  }

  unpack(cell: number, from: Unpacker, values: number, before: number): void {
    this.merge(cell, from.json(), values, before);
  }

  #append(texts: string[], text: string): void {
    texts[texts.length] = text;
    this.units += text.length;
  }
}
