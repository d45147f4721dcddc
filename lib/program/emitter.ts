/** What a program emits: checked, grouped under its keys, and gathered there, at once or when its record proves good. */

import { bare, defineProperty, freeze, makeInts, parse, typeError } from "./_intrinsics.ts";
import { dataText, isLonger } from "./data-text.ts";
import type { Groups } from "./groups.ts";
import type { Notes } from "./notes.ts";
import { NumberStates } from "./number-states.ts";
import { type Merge, Pending, type Taker } from "./pending.ts";
import { ListStates, type States } from "./states.ts";
import { noteIn, scanOf } from "./text.ts";
import type { Phase } from "./toolbox.ts";
import { status, type Verdict } from "./verdict.ts";
import type { Scan } from "./words.ts";

/** What a map gets. */
export interface AnyEmit {
  (key: unknown, value: unknown): void;
  readonly each: (keys: unknown, value: unknown) => void;
}

/** What a program may emit, in bytes, and on how many records it may fail. */
export interface EmitLimits {
  readonly valueBytes: number;
  readonly outputBytes: number;
  readonly badRecords: number;
}

/** What an emitter works on. */
export interface EmitterParts {
  readonly groups: Groups;
  readonly states: States;
  readonly verdict: Verdict;
  readonly limits: EmitLimits;
}

const lateText = "emit works only while its record is mapped";

/** How many keys are looked up before their values are added. */
const portion = 1024;

export class Emitter {
  /** Where the engine is. */
  phase: Phase = "idle";
  /** What the program calls. */
  readonly emit: AnyEmit;
  readonly #groups: Groups;
  readonly #states: States;
  /** {@link #states} where they are lists. */
  readonly #lists: ListStates | undefined;
  readonly #verdict: Verdict;
  readonly #limits: EmitLimits;
  /** Whether what is emitted counts at once: it does where the first bad record ends everything. */
  readonly #isFinal: boolean;
  readonly #pending: Pending;
  readonly #taker: Taker;
  /** What is emitted but not looked up yet. */
  #notes: Notes | undefined = undefined;
  /** Of keys that were found together. */
  readonly #cells = makeInts(portion);

  constructor({ groups, states, verdict, limits }: EmitterParts) {
    this.#groups = groups;
    this.#states = states;
    this.#lists = states instanceof ListStates ? states : undefined;
    this.#verdict = verdict;
    this.#limits = limits;
    this.#isFinal = limits.badRecords === 0;
    this.#pending = new Pending(verdict, limits.outputBytes);
    this.#taker = bare({ add: (cell, value) => this.#add(cell, value), merge: (merge) => this.merge(merge) });
    this.emit = this.#makeEmit();
  }

  /** Whether something waits for its record to prove good. */
  get hasPending(): boolean {
    return !this.#isFinal && !this.#pending.isEmpty;
  }

  /** @returns what `make` makes, which is told of what is emitted: where numbers count at once, else nothing */
  noteWith(make: (states: NumberStates) => Notes): Notes | undefined {
    this.#notes = this.#states instanceof NumberStates && this.#isFinal ? make(this.#states) : undefined;
    return this.#notes;
  }

  /** As what the program calls, of a number, to a cell that is there. @throws {TypeError} likewise */
  emitTo(cell: number, value: number): void {
    this.#begin();
    this.#put(cell, this.#taken(value));
    this.phase = "mapping";
  }

  /** Likewise, of many values that were combined already. */
  emitManyTo(cell: number, values: number, state: unknown): void {
    this.#begin();
    if (!(values >= 1 && values <= Number.MAX_SAFE_INTEGER) || values % 1 !== 0) {
      this.#verdict.refuse(status.value, "the number of values is no whole number from 1 on");
    }
    const isNumber = typeof state === "number" && state - state === 0;
    const text = isNumber ? "" : dataText(state, this.#verdict);
    if (isLonger(text, this.#limits.valueBytes)) {
      this.#verdict.refuse(status.valueSize, "a value is longer than limits.valueBytes");
    }
    const merge = { cell, values, state: isNumber ? state || 0 : parse(text) };
    if (this.#isFinal) {
      this.merge(merge);
      this.#expectRoom();
    } else this.#pending.putMerge(merge, text.length);
    this.phase = "mapping";
  }

  /** Adds what was combined elsewhere. */
  merge({ cell, values, state }: Merge): void {
    const known = this.#groups.values;
    const before = known[cell] as number;
    this.#states.merge(cell, state, values, before);
    known[cell] = before + values;
  }

  /** Notes it when emit failed and the program went on. */
  expectDone(): void {
    if (this.phase !== "mapping") this.#verdict.note(status.threw, "emit failed, and the program went on");
  }

  /** The record is good: what it emitted counts. */
  settle(): void {
    this.#pending.settle(this.#taker);
  }

  /** The record is bad: nothing that it emitted counts. */
  clear(): void {
    this.#pending.clear();
  }

  #begin(): void {
    if (this.phase !== "mapping") throw typeError(lateText);
    // Stays so if anything fails, or calls emit again.
    this.phase = "emitting";
  }

  /** The hottest function of all, so it is one closure over what it needs. */
  #makeEmit(): AnyEmit {
    const groups = this.#groups;
    const states = this.#states;
    const isDirect = this.#lists === undefined && this.#isFinal;
    const put = (key: unknown, value: unknown): void => {
      // Keys come in the order in which they are emitted.
      this.#notes?.pass();
      const cell = groups.find(key);
      if (isDirect && typeof value === "number" && value - value === 0) {
        const { values } = groups;
        const before = values[cell] as number;
        // -0 becomes 0, as it would in JSON.
        states.add(cell, value || 0, before);
        values[cell] = before + 1;
      } else this.#put(cell, this.#taken(value));
    };
    // So short that V8 makes it a part of what calls it, and no view of a key.
    const emit = (key: unknown, value: unknown): void => {
      // Without a call, for which there may be no stack left: whatever fails from here on is noticed.
      if (this.phase !== "mapping") throw typeError(lateText);
      this.phase = "emitting";
      const notes = this.#notes;
      const isNumber = typeof value === "number" && value - value === 0;
      if (notes === undefined || !isNumber || !noteIn(notes, key, value || 0)) put(key, value);
      this.phase = "mapping";
    };
    const numbers = states instanceof NumberStates && this.#isFinal ? states : undefined;
    const each = (keys: unknown, value: unknown): void => {
      if (numbers !== undefined && typeof value === "number" && value - value === 0) {
        const scan = scanOf(keys);
        if (scan !== undefined) return this.#addEach(scan, numbers, value || 0);
      }
      // What is iterated is the program's, as if it did so itself: nothing of the engine's is within its reach.
      for (const key of keys as Iterable<unknown>) emit(key, value);
    };
    // Not by assignment, which the program, which has run, may have a setter for.
    defineProperty(emit, "each", bare({ value: freeze(each) }));
    return emit as AnyEmit;
  }

  /** What comes to the same as emitting `value` under each key that `scan` finds, without a view of any. */
  #addEach(scan: Scan, numbers: NumberStates, value: number): void {
    this.#begin();
    const notes = this.#notes;
    if (notes !== undefined) {
      const { rest } = scan;
      if (rest !== undefined && notes.add(rest, value)) {
        scan.close();
        this.phase = "mapping";
        return;
      }
      notes.pass();
    }
    const groups = this.#groups;
    const cells = this.#cells;
    for (;;) {
      const count = scan.findCells(groups.keys, cells, portion);
      if (count === 0) break;
      groups.admitAll(cells, count);
      numbers.addEach(cells, count, value, groups.values);
    }
    this.phase = "mapping";
  }

  #taken(value: unknown): unknown {
    const isPlain = this.#lists === undefined && typeof value === "number" && value - value === 0;
    return isPlain ? value || 0 : this.#copy(value);
  }

  /** Values are copied, so that what the program does with them later does not matter. */
  #copy(value: unknown): unknown {
    const text = dataText(value, this.#verdict);
    if (isLonger(text, this.#limits.valueBytes)) {
      this.#verdict.refuse(status.valueSize, "a value is longer than limits.valueBytes");
    }
    if (this.#lists !== undefined) return text;
    return typeof value === "object" && value !== null ? parse(text) : value;
  }

  #put(cell: number, value: unknown): void {
    if (this.#isFinal) this.#add(cell, value);
    else this.#pending.put(cell, value);
  }

  #add(cell: number, value: unknown): void {
    const { values } = this.#groups;
    const before = values[cell] as number;
    this.#states.add(cell, value, before);
    values[cell] = before + 1;
    this.#expectRoom();
  }

  /** At once, and not only when the record ends: a record may never end. */
  #expectRoom(): void {
    if (this.#lists !== undefined && this.#lists.units > this.#limits.outputBytes) this.#verdict.refuseOutput();
  }
}
