/**
 * Runs one program over records: groups what it emits, and merges and finishes the groups. It does no I/O, never throws,
 * and answers with numbers and strings, so that the same engine runs inside a realm, next to a program that is hostile,
 * and in the process of somebody who debugs one.
 */

import type { KeyKind } from "../data/keys.ts";
import { list } from "./_intrinsics.ts";
import { dataText } from "./data-text.ts";
import { emitAll } from "./emit-all.ts";
import { Emitter, type EmitLimits } from "./emitter.ts";
import { Groups } from "./groups.ts";
import { Notes } from "./notes.ts";
import type { Packer } from "./packer.ts";
import type { Aggregate, AnyDefinition, ToolDefinition } from "./program.ts";
import { readJson } from "./read-json.ts";
import type { Scanner } from "./scanner.ts";
import { AggregateStates, ListStates, type States } from "./states.ts";
import { statesOf } from "./states-of.ts";
import { type EngineTools, Toolbox } from "./toolbox.ts";
import type { Unpacker } from "./unpacker.ts";
import { describe, type Failure, outputText, status, Verdict } from "./verdict.ts";

/** What a program may emit, and on how many records it may fail. */
export interface EngineLimits extends EmitLimits {
  /** In bytes, of each. */
  readonly keyBytes: number;
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
  readonly #limits: EngineLimits;
  readonly #verdict = new Verdict();
  /** The keys. To be changed by what merges alone. */
  readonly groups: Groups;
  readonly #states: States;
  /** {@link #states} where they are lists. */
  readonly #lists: ListStates | undefined;
  readonly #emitter: Emitter;
  readonly #toolbox: Toolbox | undefined;
  /** Whether nothing is left to do when a record is good: what it emitted counted at once, and takes no more room. */
  readonly #isSettled: boolean;

  /** @param tools - left out where the program needs none */
  constructor(definition: AnyDefinition, limits: EngineLimits, tools?: EngineTools) {
    const { reduce } = definition;
    const verdict = this.#verdict;
    this.#definition = definition;
    this.#limits = limits;
    this.#lists = typeof reduce === "function" ? new ListStates(verdict) : undefined;
    const states = this.#lists ?? statesOf(reduce as Aggregate<unknown, unknown, unknown>, verdict);
    this.#states = states;
    const groups = new Groups(verdict, limits, (room) => states.grow(room));
    this.groups = groups;
    this.#emitter = new Emitter({ groups, states, verdict, limits });
    this.#toolbox = tools && new Toolbox(tools, { verdict, phase: () => this.#emitter.phase });
    this.#isSettled = limits.badRecords === 0 && this.#toolbox === undefined && this.#lists === undefined;
  }

  /** @returns where to note what is emitted, to be settled by and by; undefined where all counts by itself */
  noteWith(scanner: Scanner): Notes | undefined {
    const { groups } = this;
    const { keyBytes } = this.#limits;
    return this.#emitter.noteWith((states) => new Notes({ groups, states, scanner, keyBytes }));
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
    const emitter = this.#emitter;
    emitter.phase = "mapping";
    try {
      const produced = this.#callMap(record);
      if (produced !== undefined) emitAll(produced, emitter.emit, this.#verdict);
      emitter.expectDone();
    } catch (error) {
      this.#noteThrown(error);
    }
    emitter.phase = "idle";
    if (this.#verdict.failure !== 0) return this.#reject();
    return this.#isSettled ? 0 : this.#settle();
  }

  /**
   * Maps many records in one call: `work` maps them, and answers how many they were. They are good or bad together,
   * and a bad one ends all.
   */
  mapMany(work: () => number): Failure | 0 {
    const emitter = this.#emitter;
    emitter.phase = "mapping";
    try {
      this.records += work();
      emitter.expectDone();
    } catch (error) {
      this.#noteThrown(error);
    }
    emitter.phase = "idle";
    return this.#verdict.failure === 0 ? this.#settle() : this.#verdict.failure;
  }

  /**
   * As emit, of a number, to a cell of this engine's, for who looks its keys up by itself.
   * @throws {TypeError} as emit does
   */
  emitTo(cell: number, value: number): void {
    this.#emitter.emitTo(cell, value);
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
    this.#emitter.emitManyTo(cell, values, state);
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
      this.#emitter.merge({ cell, values, state: other });
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
    this.#emitter.phase = "idle";
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
    const { emit } = this.#emitter;
    if (toolbox === undefined) return definition.map(record, emit);
    return (definition as ToolDefinition).map(record, emit, toolbox.tools);
  }

  #reduce(cell: number): unknown {
    const { reduce } = this.#definition as ToolDefinition;
    const toolbox = this.#toolbox;
    if (toolbox === undefined) {
      return typeof reduce === "function"
        ? (reduce as AnyReduce)(this.groups.keyOf(cell), this.#valuesOf(cell))
        : (reduce as Aggregate<unknown, unknown, unknown>).finish(this.#stateOf(cell));
    }
    this.#emitter.phase = "finishing";
    const result =
      typeof reduce === "function"
        ? reduce(this.groups.keyOf(cell), this.#valuesOf(cell), toolbox.tools)
        : reduce.finish(this.#stateOf(cell), toolbox.tools);
    this.#emitter.phase = "idle";
    return result;
  }

  #stateOf(cell: number): unknown {
    return this.#states.stateOf(cell, this.groups.values[cell] as number);
  }

  /** In the order of their JSON text. */
  #valuesOf(cell: number): readonly unknown[] {
    return this.#lists?.sorted(cell) ?? nothing;
  }

  /** The record is good: what it emitted counts. */
  #settle(): Failure | 0 {
    this.#toolbox?.settle(true);
    if (this.#emitter.hasPending) {
      const failure = this.guard(() => this.#emitter.settle());
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
    this.#emitter.clear();
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
