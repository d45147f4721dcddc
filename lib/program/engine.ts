/**
 * Runs one program over records: groups what it emits, and merges and finishes the groups. It does no I/O, never throws,
 * and answers with numbers and strings, so that the same engine runs inside a realm, next to a program that is hostile,
 * and in the process of somebody who debugs one.
 */

import type { KeyKind } from "../data/keys.ts";
import { bare, list, parse, typeError } from "./_intrinsics.ts";
import { dataText, isLonger } from "./data-text.ts";
import { emitAll } from "./emit-all.ts";
import { Groups } from "./groups.ts";
import type { Packer } from "./packer.ts";
import { type Merge, Pending, type Taker } from "./pending.ts";
import type { Aggregate, AnyDefinition, ToolDefinition } from "./program.ts";
import { readJson } from "./read-json.ts";
import { AggregateStates, ListStates, type States } from "./states.ts";
import { statesOf } from "./states-of.ts";
import { type EngineTools, type Phase, Toolbox } from "./toolbox.ts";
import type { Unpacker } from "./unpacker.ts";
import { describe, type Failure, outputText, status, Verdict } from "./verdict.ts";

/** What a program may emit, in bytes, and how many records it may fail on. */
export interface EngineLimits {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly outputBytes: number;
  readonly badRecords: number;
  /** Of the hashes of keys: a secret integer where keys come from others. */
  readonly seed?: number;
}

/** One key and what is gathered under it. */
export interface Cell {
  /** Its number, in the order in which keys first came. */
  readonly index: number;
  readonly kind: KeyKind;
  /** A string key itself, or the JSON text of another. */
  readonly key: string;
  /** How many emitted values are gathered under it. */
  readonly values: number;
}

const nothing: never[] = list<never>();

/** What came under one key elsewhere. */
export interface MergedState {
  readonly values: number;
  /** JSON text. */
  readonly state: string;
  /** The number of whose values they are. */
  readonly owner: number;
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
  /** The keys. To be changed by what merges alone. */
  readonly groups: Groups;
  readonly #states: States;
  /** {@link #states} where they are lists. */
  readonly #lists: ListStates | undefined;
  readonly #emit: (key: unknown, value: unknown) => void;
  readonly #toolbox: Toolbox | undefined;
  readonly #pending: Pending;
  readonly #taker: Taker;
  #phase: Phase = "idle";

  /** @param tools - left out where the program needs none */
  constructor(definition: AnyDefinition, limits: EngineLimits, tools?: EngineTools) {
    const { reduce } = definition;
    this.#definition = definition;
    this.#aggregate = typeof reduce === "function" ? undefined : reduce;
    this.#limits = limits;
    this.#isFinal = limits.badRecords === 0;
    this.#lists = this.#aggregate === undefined ? new ListStates(this.#verdict) : undefined;
    this.#states = this.#lists ?? statesOf(this.#aggregate as Aggregate<unknown, unknown, unknown>, this.#verdict);
    this.#pending = new Pending(this.#verdict, limits.outputBytes);
    this.#taker = bare({ add: (cell, value) => this.#add(cell, value), merge: (merge) => this.#merge(merge) });
    const states = this.#states;
    this.groups = new Groups(this.#verdict, limits, (room) => states.grow(room));
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

  /** What came under keys by records that were good, in the order in which keys first came. */
  get cells(): readonly Cell[] {
    const cells = list<Cell>();
    const { groups } = this;
    for (let index = 0; index < groups.count; index++) {
      const values = groups.values[index] as number;
      if (values === 0) continue;
      cells[cells.length] = { index, kind: groups.kindOf(index), key: groups.textOf(index), values };
    }
    return cells;
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
      if (produced !== undefined) emitAll(produced, this.#emit, this.#verdict);
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
   * As emit, of a number, to a cell of this engine's, for who looks its keys up by itself.
   * @throws {TypeError} as emit does
   */
  emitTo(cell: number, value: number): void {
    this.#expectMapping();
    this.#put(cell, this.#taken(value));
    this.#phase = "mapping";
  }

  /**
   * What a program calls to emit many values of one key at once, combined already.
   * @param values - how many they are
   * @param state - what the program's aggregate makes of them, or the array of them where it has none
   * @throws {TypeError} as emit does
   */
  emitMany(key: string, values: number, state: unknown): void {
    this.emitManyTo(this.groups.find(key), values, state);
  }

  /** As {@link emitMany}, to a cell of this engine's. */
  emitManyTo(cell: number, values: number, state: unknown): void {
    this.#expectMapping();
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
      this.#merge(merge);
      this.#expectRoom();
    } else this.#pending.putMerge(merge, text.length);
    this.#phase = "mapping";
  }

  /**
   * Adds a cell's values, as {@link stateText} gave them, from elsewhere.
   * @param owner - the number of whose they are
   */
  merge(kind: KeyKind, key: string, { values, state, owner }: MergedState): Failure | 0 {
    return this.guard((verdict) => {
      const cell = this.groups.findPair(kind, key);
      const other = readJson(state);
      if (cell === -1 || other === undefined || !(values >= 1)) verdict.refuse(status.state, "a state is malformed");
      this.#merge({ cell, values, state: other });
      this.groups.own(cell, owner);
    });
  }

  /** Adds what {@link packState} wrote elsewhere. @throws {TypeError} through the verdict, or what the program throws */
  unpackState(cell: number, from: Unpacker, values: number): void {
    const known = this.groups.values;
    const before = known[cell] as number;
    this.#states.unpack(cell, from, values, before);
    known[cell] = before + values;
  }

  /** Replaces the states of an aggregate that has no name. */
  replaceStates(replace: (state: unknown) => unknown): void {
    const states = this.#states;
    if (!(states instanceof AggregateStates)) return;
    for (let cell = 0; cell < this.groups.count; cell++) {
      if ((this.groups.values[cell] as number) > 0) states.replace(cell, replace(states.stateOf(cell)));
    }
  }

  /** Writes what is gathered in `cell`. @throws {TypeError} through the verdict where that is no data */
  packState(cell: number, packer: Packer): void {
    this.#states.pack(cell, packer);
  }

  /** @returns the JSON text of what is gathered in `cell`, or a failure. */
  stateText(cell: number): string | Failure {
    let text = "";
    const failure = this.guard((verdict) => {
      text = this.#lists?.textOf(cell) ?? dataText(this.#stateOf(cell), verdict);
    });
    return failure === 0 ? text : failure;
  }

  /** @returns the JSON text of the result of `cell`, or a failure. */
  resultText(cell: number): string | Failure {
    let text = "";
    const failure = this.guard((verdict) => {
      text = dataText(this.#reduce(cell), verdict);
    });
    this.#phase = "idle";
    this.#toolbox?.settle(failure === 0);
    return failure === 0 ? text : failure;
  }

  /** Runs what may call the program, and may refuse. @returns the first failure */
  guard(work: (verdict: Verdict) => void): Failure | 0 {
    try {
      work(this.#verdict);
    } catch (error) {
      this.#noteThrown(error);
    }
    return this.#verdict.failure;
  }

  #callMap(record: unknown): unknown {
    const definition = this.#definition;
    const toolbox = this.#toolbox;
    if (toolbox === undefined) return definition.map(record, this.#emit);
    return (definition as ToolDefinition).map(record, this.#emit, toolbox.tools);
  }

  #reduce(cell: number): unknown {
    const { reduce } = this.#definition as ToolDefinition;
    const toolbox = this.#toolbox;
    if (toolbox === undefined) {
      return typeof reduce === "function"
        ? (reduce as AnyReduce)(this.groups.keyOf(cell), this.#valuesOf(cell))
        : (reduce as Aggregate<unknown, unknown, unknown>).finish(this.#stateOf(cell));
    }
    this.#phase = "finishing";
    const result =
      typeof reduce === "function"
        ? reduce(this.groups.keyOf(cell), this.#valuesOf(cell), toolbox.tools)
        : reduce.finish(this.#stateOf(cell), toolbox.tools);
    this.#phase = "idle";
    return result;
  }

  #stateOf(cell: number): unknown {
    return this.#states.stateOf(cell, this.groups.values[cell] as number);
  }

  /** In the order of their JSON text. */
  #valuesOf(cell: number): readonly unknown[] {
    return this.#lists?.sorted(cell) ?? nothing;
  }

  #merge({ cell, values, state }: Merge): void {
    const known = this.groups.values;
    const before = known[cell] as number;
    this.#states.merge(cell, state, values, before);
    known[cell] = before + values;
  }

  #expectMapping(): void {
    if (this.#phase !== "mapping") throw typeError("emit works only while its record is mapped");
    // Stays so if anything fails, or calls emit again.
    this.#phase = "emitting";
  }

  /** At once, and not only when the record ends: a record may never end. */
  #expectRoom(): void {
    if (this.#lists !== undefined && this.#lists.units > this.#limits.outputBytes) this.#verdict.refuseOutput();
  }

  /** What the program calls as `emit`: the hottest function of all, so it is one closure over what it needs. */
  #makeEmit(): (key: unknown, value: unknown) => void {
    const { groups } = this;
    const states = this.#states;
    const isDirect = this.#aggregate !== undefined && this.#isFinal;
    return (key, value) => {
      if (this.#phase !== "mapping") throw typeError("emit works only while its record is mapped");
      // Stays so if anything below fails, or calls emit again.
      this.#phase = "emitting";
      const cell = groups.find(key);
      if (isDirect && typeof value === "number" && value - value === 0) {
        const { values } = groups;
        const before = values[cell] as number;
        // -0 becomes 0, as it would in JSON.
        states.add(cell, value || 0, before);
        values[cell] = before + 1;
      } else this.#put(cell, this.#taken(value));
      this.#phase = "mapping";
    };
  }

  #taken(value: unknown): unknown {
    const isPlain = this.#aggregate !== undefined && typeof value === "number" && value - value === 0;
    return isPlain ? value || 0 : this.#copy(value);
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

  #put(cell: number, value: unknown): void {
    if (this.#isFinal) this.#add(cell, value);
    else this.#pending.put(cell, value);
  }

  #add(cell: number, value: unknown): void {
    const { values } = this.groups;
    const before = values[cell] as number;
    this.#states.add(cell, value, before);
    values[cell] = before + 1;
    this.#expectRoom();
  }

  /** The record is good: what it emitted counts. */
  #settle(): Failure | 0 {
    this.#toolbox?.settle(true);
    if (!this.#isFinal && !this.#pending.isEmpty) {
      const failure = this.guard(() => this.#pending.settle(this.#taker));
      if (failure !== 0) return failure;
    }
    // Keys alone are bounded by their table.
    const units = this.#lists === undefined ? 0 : this.#lists.units + this.groups.keys.usedBytes;
    if (units <= this.#limits.outputBytes) return 0;
    this.#verdict.note(status.output, outputText);
    return status.output;
  }

  /** The record is bad: nothing that it emitted counts. */
  #reject(): Failure | 0 {
    const failure = this.#verdict.failure;
    this.#pending.clear();
    this.#toolbox?.settle(false);
    this.skipped++;
    if (this.skipped > this.#limits.badRecords) return failure;
    this.#verdict.clear();
    return 0;
  }

  #noteThrown(error: unknown): void {
    this.thrown = error;
    this.#verdict.note(status.threw, describe(error));
  }
}

type AnyReduce = (key: unknown, values: readonly unknown[]) => unknown;
