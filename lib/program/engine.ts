/**
 * Runs one program over records: groups what it emits, and merges and finishes the groups. It does no I/O, never throws,
 * and answers with numbers and strings, so that the same engine runs inside a realm, next to a program that is hostile,
 * and in the process of somebody who debugs one.
 */

import type { KeyKind } from "../data/keys.ts";
import { apply, indexOf, isArray, iterator, join, list, parse, sort, typeError } from "./_intrinsics.ts";
import { dataText, isLonger } from "./data-text.ts";
import { type Cell, Groups, keyOf } from "./groups.ts";
import { readJson } from "./read-json.ts";
import type { Aggregate, AnyDefinition } from "./program.ts";
import { describe, type Failure, outputText, status, Verdict } from "./verdict.ts";

/** What a program may emit, in bytes, and how many records it may fail on. */
export interface EngineLimits {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly outputBytes: number;
  readonly badRecords: number;
}

/** Where the engine is: what {@link Engine.emit} means depends on it. */
type Phase = "idle" | "mapping" | "emitting";

const nothing: never[] = list<never>();

export class Engine {
  /** Records mapped, bad ones included. */
  records = 0;
  /** Bad records among them. */
  skipped = 0;
  /** What the program threw last, for `--local`. */
  thrown: unknown = undefined;

  readonly #definition: AnyDefinition;
  readonly #aggregate: Aggregate<unknown, unknown, unknown> | undefined;
  readonly #limits: EngineLimits;
  /** Whether what is emitted counts at once: it does where the first bad record ends everything. */
  readonly #isFinal: boolean;
  readonly #verdict = new Verdict();
  readonly #groups: Groups;
  readonly #emit: (key: unknown, value: unknown) => void;
  /** Emitted by the record at hand, where it may turn out bad: cells and values in turn. */
  readonly #pendingCells = list<Cell>();
  readonly #pendingValues = list<unknown>();
  #pending = 0;
  /** A bound from below of what they take, in UTF-16 units. */
  #pendingUnits = 0;
  #phase: Phase = "idle";
  #valueUnits = 0;

  constructor(definition: AnyDefinition, limits: EngineLimits) {
    const { reduce } = definition;
    this.#definition = definition;
    this.#aggregate = typeof reduce === "function" ? undefined : reduce;
    this.#limits = limits;
    this.#isFinal = limits.badRecords === 0;
    const aggregate = this.#aggregate;
    const zero = aggregate === undefined ? () => list<string>() : () => aggregate.zero();
    this.#groups = new Groups(this.#verdict, zero, limits);
    this.#emit = this.#makeEmit();
  }

  /** @returns what went wrong last, in the program's words. */
  get failureText(): string {
    return this.#verdict.text;
  }

  /** The groups, in the order in which keys first came. */
  get cells(): readonly Cell[] {
    return this.#groups.cells;
  }

  /** Maps one record. @returns 0, also when the record was bad and may be skipped; or a failure, after which all ends. */
  map(record: unknown): Failure | 0 {
    this.records++;
    this.#phase = "mapping";
    try {
      const produced: unknown = this.#definition.map(record, this.#emit);
      if (produced !== undefined) this.#emitAll(produced);
      if (this.#phase !== "mapping") this.#verdict.note(status.threw, "emit failed, and the program went on");
    } catch (error) {
      this.#noteThrown(error);
    }
    this.#phase = "idle";
    return this.#verdict.failure === 0 ? this.#settle() : this.#reject();
  }

  /** Adds a cell's values, as {@link stateText} gave them, from elsewhere. */
  merge(kind: KeyKind, key: string, values: number, state: string, owner: string): Failure | 0 {
    return this.#guard(() => {
      const cell = this.#groups.findPair(kind, key);
      const aggregate = this.#aggregate;
      const other = readJson(state);
      if (other === undefined) this.#verdict.refuse(status.state, "a state is malformed");
      if (aggregate === undefined) this.#appendAll(cell, other);
      else cell.state = cell.values === 0 ? other : aggregate.merge(cell.state, other);
      cell.values += values;
      if (indexOf(cell.owners, owner, 0) === -1) cell.owners += owner;
    });
  }

  /** @returns the JSON text of what is gathered in `cell`, or a failure. */
  stateText(cell: Cell): string | Failure {
    let text = "";
    const failure = this.#guard(() => {
      text = this.#aggregate === undefined ? listText(cell.state) : dataText(cell.state, this.#verdict);
    });
    return failure === 0 ? text : failure;
  }

  /** @returns the JSON text of the result of `cell`, or a failure. */
  resultText(cell: Cell): string | Failure {
    let text = "";
    const failure = this.#guard(() => {
      text = dataText(this.#reduce(cell), this.#verdict);
    });
    return failure === 0 ? text : failure;
  }

  #reduce(cell: Cell): unknown {
    const { reduce } = this.#definition;
    return typeof reduce === "function" ? reduce(keyOf(cell), sortedValues(cell)) : reduce.finish(cell.state);
  }

  /** What the program calls as `emit`: the hottest function of all, so it is one closure over what it needs. */
  #makeEmit(): (key: unknown, value: unknown) => void {
    const groups = this.#groups;
    const aggregate = this.#aggregate;
    const isFinal = this.#isFinal;
    return (key, value) => {
      if (this.#phase !== "mapping") throw typeError("emit works only while its record is mapped");
      // Stays so if anything below fails, or calls emit again.
      this.#phase = "emitting";
      const cell = groups.find(key);
      // -0 becomes 0, as it would in JSON.
      const isPlain = aggregate !== undefined && typeof value === "number" && value - value === 0;
      const taken = isPlain ? value || 0 : this.#copy(value);
      if (aggregate !== undefined && isFinal) {
        cell.state = aggregate.add(cell.state, taken);
        cell.values++;
      } else this.#put(cell, taken);
      this.#phase = "mapping";
    };
  }

  /** Values are copied, so that what the program does with them later does not matter. */
  #copy(value: unknown): unknown {
    const text = dataText(value, this.#verdict);
    if (isLonger(text, this.#limits.valueBytes)) {
      this.#verdict.refuse(status.valueSize, "a value is longer than limits.valueBytes");
    }
    if (this.#aggregate === undefined) return text;
    return typeof value === "object" && value !== null ? parse(text) : value;
  }

  #put(cell: Cell, value: unknown): void {
    if (this.#isFinal) {
      this.#add(cell, value);
      return;
    }
    // A number, or what was parsed again, takes a word at least.
    this.#pendingUnits += typeof value === "string" ? value.length : 8;
    if (this.#pendingUnits > this.#limits.outputBytes) this.#verdict.refuseOutput();
    this.#pendingCells[this.#pending] = cell;
    this.#pendingValues[this.#pending] = value;
    this.#pending++;
  }

  #add(cell: Cell, value: unknown): void {
    if (this.#aggregate === undefined) {
      this.#append(cell, value as string);
      // At once, and not only when the record ends: a record may never end.
      if (this.#valueUnits > this.#limits.outputBytes) this.#verdict.refuseOutput();
    } else cell.state = this.#aggregate.add(cell.state, value);
    cell.values++;
  }

  #append(cell: Cell, text: string): void {
    const texts = cell.state as string[];
    texts[texts.length] = text;
    this.#valueUnits += text.length;
  }

  #appendAll(cell: Cell, values: unknown): void {
    if (!isArray(values)) return this.#verdict.refuse(status.state, "a list of values is malformed");
    for (let index = 0; index < values.length; index++) this.#append(cell, dataText(values[index], this.#verdict));
  }

  /** Takes pairs out of what a generator map returned. What a plain map returns means nothing. */
  #emitAll(produced: unknown): void {
    if (typeof produced !== "object" || produced === null) return;
    const { next, then, [iterator]: iterate } = produced as { next?: unknown; then?: unknown; [iterator]?: unknown };
    if (typeof then === "function" || (typeof next === "function" && typeof iterate !== "function")) {
      this.#verdict.refuse(status.value, "map is asynchronous");
    }
    if (typeof next !== "function") return;
    for (;;) {
      const step = apply(next, produced, nothing) as IteratorResult<unknown>;
      if (step.done) return;
      const pair: unknown = step.value;
      if (!isArray(pair) || pair.length !== 2) this.#verdict.refuse(status.value, "map yields [key, value]");
      this.#emit((pair as unknown[])[0], (pair as unknown[])[1]);
    }
  }

  /** The record is good: what it emitted counts. */
  #settle(): Failure | 0 {
    const pending = this.#pending;
    this.#pending = 0;
    this.#pendingUnits = 0;
    if (pending > 0) {
      const failure = this.#guard(() => {
        for (let index = 0; index < pending; index++) {
          this.#add(this.#pendingCells[index] as Cell, this.#pendingValues[index]);
        }
      });
      if (failure !== 0) return failure;
    }
    if (this.#groups.keyUnits + this.#valueUnits <= this.#limits.outputBytes) return 0;
    this.#verdict.note(status.output, outputText);
    return status.output;
  }

  /** The record is bad: nothing that it emitted counts. */
  #reject(): Failure | 0 {
    const failure = this.#verdict.failure;
    this.#pending = 0;
    this.#pendingUnits = 0;
    this.skipped++;
    if (this.skipped > this.#limits.badRecords) return failure;
    this.#verdict.clear();
    return 0;
  }

  /** Runs what may call the program. */
  #guard(work: () => void): Failure | 0 {
    try {
      work();
    } catch (error) {
      this.#noteThrown(error);
    }
    return this.#verdict.failure;
  }

  #noteThrown(error: unknown): void {
    this.thrown = error;
    this.#verdict.note(status.threw, describe(error));
  }
}

function listText(texts: unknown): string {
  return `[${join(texts as string[], ",")}]`;
}

/** @returns the values in the order of their JSON text, in an array of the program's realm. */
function sortedValues(cell: Cell): readonly unknown[] {
  return parse(listText(sort(cell.state as string[]))) as unknown[];
}
