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
import type { Aggregate, AnyDefinition, ToolDefinition } from "./program.ts";
import type { Tools } from "./tools.ts";
import { type EngineTools, type Phase, Toolbox } from "./toolbox.ts";
import { describe, type Failure, outputText, status, Verdict } from "./verdict.ts";

/** What a program may emit, in bytes, and how many records it may fail on. */
export interface EngineLimits {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly outputBytes: number;
  readonly badRecords: number;
}

const nothing: never[] = list<never>();

/** Values of one key that were combined elsewhere. */
interface Merge {
  readonly cell: Cell;
  readonly values: number;
  readonly state: unknown;
}

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
  readonly #toolbox: Toolbox | undefined;
  /** Emitted by the record at hand, where it may turn out bad: cells and values in turn. */
  readonly #pendingCells = list<Cell>();
  readonly #pendingValues = list<unknown>();
  #pending = 0;
  readonly #pendingMerges = list<Merge>();
  /** A bound from below of what they take, in UTF-16 units. */
  #pendingUnits = 0;
  #phase: Phase = "idle";
  #valueUnits = 0;

  /** @param tools - left out where the program needs none */
  constructor(definition: AnyDefinition, limits: EngineLimits, tools?: EngineTools) {
    const { reduce } = definition;
    this.#definition = definition;
    this.#aggregate = typeof reduce === "function" ? undefined : reduce;
    this.#limits = limits;
    this.#isFinal = limits.badRecords === 0;
    const aggregate = this.#aggregate;
    const zero = aggregate === undefined ? () => list<string>() : () => aggregate.zero();
    this.#groups = new Groups(this.#verdict, zero, limits);
    this.#emit = this.#makeEmit();
    this.#toolbox = tools && new Toolbox(tools, { verdict: this.#verdict, phase: () => this.#phase });
  }

  /** @returns what went wrong last, in the program's words. */
  get failureText(): string {
    return this.#verdict.text;
  }

  /** What the program gets of what it needs. */
  get tools(): object | undefined {
    return this.#toolbox?.tools;
  }

  /** The groups, in the order in which keys first came. */
  get cells(): readonly Cell[] {
    return this.#groups.cells;
  }

  /** What the program counted, in the order of the policy's counters. */
  get counts(): readonly number[] {
    return this.#toolbox?.counters.counts ?? nothing;
  }

  /** The names of the counters. */
  get counters(): readonly string[] {
    return this.#toolbox?.counters.names ?? nothing;
  }

  /** JSON text: an array of what the program narrowed the policy by. */
  get narrowings(): string {
    return this.#toolbox?.narrowings ?? "[]";
  }

  /** Maps one record. @returns 0, also when the record was bad and may be skipped; or a failure, after which all ends. */
  map(record: unknown): Failure | 0 {
    this.records++;
    this.#phase = "mapping";
    try {
      const produced = this.#callMap(record);
      if (produced !== undefined) this.#emitAll(produced);
      if (this.#phase !== "mapping") this.#verdict.note(status.threw, "emit failed, and the program went on");
    } catch (error) {
      this.#noteThrown(error);
    }
    this.#phase = "idle";
    return this.#verdict.failure === 0 ? this.#settle() : this.#reject();
  }

  /**
   * Maps many records in one call: `work` maps them, and answers how many they were. They are good or bad together,
   * and a bad one ends all.
   */
  mapMany(work: () => number): Failure | 0 {
    this.#phase = "mapping";
    try {
      this.records += work();
      if (this.#phase !== "mapping") this.#verdict.note(status.threw, "emit failed, and the program went on");
    } catch (error) {
      this.#noteThrown(error);
    }
    this.#phase = "idle";
    return this.#verdict.failure === 0 ? this.#settle() : this.#verdict.failure;
  }

  /**
   * @returns the cell of a key, for {@link emitTo}
   * @throws {TypeError} as emit does
   */
  cellOf(key: string): Cell {
    return this.#groups.find(key);
  }

  /**
   * As emit, of a number, to a cell of this engine's, for who looks its keys up by itself.
   * @throws {TypeError} as emit does
   */
  emitTo(cell: Cell, value: number): void {
    if (this.#phase !== "mapping") throw typeError("emit works only while its record is mapped");
    this.#phase = "emitting";
    const aggregate = this.#aggregate;
    const taken = aggregate !== undefined && value - value === 0 ? value || 0 : this.#copy(value);
    if (aggregate !== undefined && this.#isFinal) {
      cell.state = aggregate.add(cell.state, taken);
      cell.values++;
    } else this.#put(cell, taken);
    this.#phase = "mapping";
  }

  /**
   * What a program calls to emit many values of one key at once, combined already.
   * @param values - how many they are
   * @param state - what the program's aggregate makes of them, or the array of them where it has none
   * @throws {TypeError} as emit does
   */
  emitMany(key: string, values: number, state: unknown): void {
    if (this.#phase !== "mapping") throw typeError("emit works only while its record is mapped");
    this.#phase = "emitting";
    if (!(values >= 1 && values <= Number.MAX_SAFE_INTEGER) || values % 1 !== 0) {
      this.#verdict.refuse(status.value, "the number of values is no whole number from 1 on");
    }
    const cell = this.#groups.find(key);
    const text = dataText(state, this.#verdict);
    if (isLonger(text, this.#limits.valueBytes)) {
      this.#verdict.refuse(status.valueSize, "a value is longer than limits.valueBytes");
    }
    const merge = { cell, values, state: typeof state === "number" ? state || 0 : parse(text) };
    if (this.#isFinal) {
      this.#merge(merge);
      if (this.#valueUnits > this.#limits.outputBytes) this.#verdict.refuseOutput();
    } else {
      this.#pendingUnits += text.length;
      if (this.#pendingUnits > this.#limits.outputBytes) this.#verdict.refuseOutput();
      this.#pendingMerges[this.#pendingMerges.length] = merge;
    }
    this.#phase = "mapping";
  }

  /** Adds a cell's values, as {@link stateText} gave them, from elsewhere. */
  merge(kind: KeyKind, key: string, values: number, state: string, owner: string): Failure | 0 {
    return this.#guard(() => {
      const cell = this.#groups.findPair(kind, key);
      const other = readJson(state);
      if (other === undefined) this.#verdict.refuse(status.state, "a state is malformed");
      this.#merge({ cell, values, state: other });
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
    this.#phase = "idle";
    this.#toolbox?.settle(failure === 0);
    return failure === 0 ? text : failure;
  }

  #callMap(record: unknown): unknown {
    const definition = this.#definition;
    const toolbox = this.#toolbox;
    if (toolbox === undefined) return definition.map(record, this.#emit);
    return (definition as ToolDefinition).map(record, this.#emit, toolbox.tools);
  }

  #reduce(cell: Cell): unknown {
    const toolbox = this.#toolbox;
    if (toolbox === undefined) return reduced(this.#definition, cell);
    this.#phase = "finishing";
    const result = reducedWith(toolbox.tools, this.#definition, cell);
    this.#phase = "idle";
    return result;
  }

  #merge({ cell, values, state }: Merge): void {
    const aggregate = this.#aggregate;
    if (aggregate === undefined) this.#appendAll(cell, state);
    else cell.state = cell.values === 0 ? state : aggregate.merge(cell.state, state);
    cell.values += values;
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
    this.#toolbox?.settle(true);
    if (pending > 0 || this.#pendingMerges.length > 0) {
      const failure = this.#guard(() => {
        for (let index = 0; index < pending; index++) {
          this.#add(this.#pendingCells[index] as Cell, this.#pendingValues[index]);
        }
        for (let index = 0; index < this.#pendingMerges.length; index++)
          this.#merge(this.#pendingMerges[index] as Merge);
        this.#pendingMerges.length = 0;
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
    this.#pendingMerges.length = 0;
    this.#pendingUnits = 0;
    this.#toolbox?.settle(false);
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

function reduced({ reduce }: AnyDefinition, cell: Cell): unknown {
  return typeof reduce === "function" ? reduce(keyOf(cell), sortedValues(cell)) : reduce.finish(cell.state);
}

function reducedWith(tools: Tools, { reduce }: ToolDefinition, cell: Cell): unknown {
  return typeof reduce === "function"
    ? reduce(keyOf(cell), sortedValues(cell), tools)
    : reduce.finish(cell.state, tools);
}

function listText(texts: unknown): string {
  return `[${join(texts as string[], ",")}]`;
}

/** @returns the values in the order of their JSON text, in an array of the program's realm. */
function sortedValues(cell: Cell): readonly unknown[] {
  return parse(listText(sort(cell.state as string[]))) as unknown[];
}
