/**
 * A program in WebAssembly behind its wall: the module's own memory is all that it has, and numbers are all that its
 * functions get and give. What it emits goes through the same engine as what TypeScript emits.
 */

import type { KeyKind } from "../../data/keys.ts";
import { SealfoldError } from "../../errors.ts";
import { Engine } from "../../program/engine.ts";
import { failureCodes } from "../../program/failure-codes.ts";
import { HandOver } from "../../program/hand-over.ts";
import type { AnyDefinition } from "../../program/program.ts";
import type { Failure } from "../../program/verdict.ts";
import type { AggregateName } from "../../program/wasm/abi.ts";
import { checkModule } from "../../program/wasm/check-module.ts";
import type {
  DrainVisitor,
  FinishVisitor,
  OpenableProgram,
  PackedVisitor,
  ProgramRealm,
  RealmOptions,
} from "./program-realm.ts";
import { eachResult } from "./packed-streams.ts";
import { expectGranted, OutputRoom, OwnerSigns } from "./tally.ts";
import { type CompiledModule, compileModule } from "./wasm/compile.ts";
import { drainPairs, finishResults, mergeEach, mergeStream, type Outside } from "./wasm/hand-out.ts";
import { Feed } from "./wasm/feed.ts";
import { hostOf } from "./wasm/host.ts";
import { type Host, importsFor } from "./wasm/imports.ts";
import { WasmInstance } from "./wasm/instance.ts";
import { LastPairs } from "./wasm/last-pairs.ts";
import { LogTail } from "./wasm/log-tail.ts";
import { ModuleTools } from "./wasm/module-tools.ts";
import { OwnAggregate, ownFunctions } from "./wasm/own-aggregate.ts";
import { ended, Refusal } from "./wasm/refusal.ts";
import { aggregateNamed, isOwnState, namedAggregates } from "./wasm/states.ts";

/**
 * Checks a module; it is compiled once for all realms of the same bound of memory.
 * @throws {SealfoldError} PROGRAM_REFUSED, naming the offending import, export or byte
 */
export function checkWasm(bytes: Uint8Array): OpenableProgram {
  const checked = checkModule(bytes);
  const compiled = new Map<number | undefined, CompiledModule>();
  return {
    open: (options) => {
      const { memoryMiB } = options;
      const known = compiled.get(memoryMiB) ?? compileModule(checked, memoryMiB);
      compiled.set(memoryMiB, known);
      return WasmRealm.open(known, options);
    },
  };
}

const wants = "the module imports functions of";

const stage = { map: "map", reduce: "reduce" } as const;

export class WasmRealm implements ProgramRealm {
  readonly #compiled: CompiledModule;
  readonly #log = new LogTail();
  readonly #host: Host;
  readonly #feed: Feed;
  readonly #aggregateName: AggregateName;
  #options: RealmOptions;
  #instance: WasmInstance;
  #engine: Engine;
  #handOver: HandOver;
  #own: OwnAggregate | undefined;
  readonly #tools: ModuleTools;
  /** The key that is finished. */
  #key = "";
  #lastPairs: LastPairs | undefined;
  readonly #owners = new OwnerSigns();
  #failureText = "";

  private constructor(compiled: CompiledModule, options: RealmOptions) {
    this.#compiled = compiled;
    this.#options = options;
    this.#tools = new ModuleTools(compiled.needs);
    this.#feed = new Feed({
      isChunked: compiled.functions.has("map_chunk"),
      engine: () => this.#engine,
      instance: () => this.#instance,
      renewInstance: () => void (this.#instance = this.#newInstance()),
      failure: (failure) => this.#failure(failure, stage.map),
    });
    this.#host = hostOf({
      limits: options.limits,
      engine: () => this.#engine,
      aggregate: () => this.#aggregateName,
      lastPairs: () => this.#lastPairs,
      log: (text) => this.#log.add(text, this.#options.log),
    });
    this.#instance = this.#newInstance();
    this.#aggregateName = aggregateNamed(this.#instance.aggregate(), compiled.functions);
    this.#engine = this.#newEngine();
    this.#handOver = new HandOver(this.#engine, true);
  }

  /**
   * @throws {SealfoldError} DENIED_CAPABILITY when the module imports what is not granted; PROGRAM_THREW when it ends
   * while it is loaded, with its words as `cause`; PROGRAM_REFUSED, LIMIT_MEMORY
   */
  static open(compiled: CompiledModule, options: RealmOptions): WasmRealm {
    expectGranted(compiled.needs, options, wants);
    return new WasmRealm(compiled, options);
  }

  /** Records mapped so far, skipped ones included. */
  get records(): number {
    return this.#engine.records;
  }

  /** Records on which the program failed and that were skipped. */
  get skipped(): number {
    return this.#engine.skipped;
  }

  /** What ended the module, and the last that it logged: for sealed diagnostics only. */
  failureText(): string {
    return this.#log.after(this.#failureText);
  }

  counts(): readonly number[] {
    return Array.from(this.#engine.counts);
  }

  narrowings(): readonly unknown[] {
    return JSON.parse(this.#engine.narrowings) as readonly unknown[];
  }

  /**
   * A new task in the same instance, unless that was ended.
   * @throws {SealfoldError} DENIED_CAPABILITY
   */
  renew(options: RealmOptions): void {
    expectGranted(this.#compiled.needs, options, wants);
    this.#failureText = "";
    this.#options = options;
    this.#owners.clear();
    this.#log.clear();
    this.#engine = this.#newEngine();
    this.#handOver = new HandOver(this.#engine, true);
  }

  /**
   * @param plain - whole records, as `data/format.ts` lays them out
   * @returns how many records were mapped, skipped ones included
   * @throws {SealfoldError} DATA_ENCODING, DATA_RECORD, PROGRAM_THREW, PROGRAM_VALUE or LIMIT_*, with the record's number
   * within this realm, from 1, unless the module maps chunks
   */
  mapChunk(plain: Uint8Array): number {
    const { format, pulse } = this.#options;
    const before = this.records;
    this.#feed.chunk(plain, format, () => {
      pulse?.();
      if (this.#own?.isFull === true) this.#guard(stage.map, () => this.#own?.settle());
    });
    return this.records - before;
  }

  /**
   * Hands out what was gathered under each key, in the order in which keys first came, after the module's `flush`.
   * @throws {SealfoldError} PROGRAM_*, LIMIT_*
   */
  drain(visit: DrainVisitor): void {
    this.#settle(stage.map);
    const room = new OutputRoom(this.#options);
    for (const { index, kind, key, values } of Array.from(this.#engine.cells)) {
      const state = this.#expectText(this.#engine.stateText(index), stage.map);
      room.take(key, state);
      visit(kind, key, values, state);
    }
  }

  /**
   * As {@link drain}, many pairs at a time, packed.
   * @throws {SealfoldError} PROGRAM_*, LIMIT_*
   */
  drainPacked(take: PackedVisitor): void {
    const outside = this.#outside(stage.map, take);
    if (LastPairs.canTake(this.#aggregateName)) this.#lastPairs = new LastPairs(this.#aggregateName, outside);
    try {
      this.#settle(stage.map);
    } finally {
      this.#lastPairs = undefined;
    }
    drainPairs(this.#handOver, outside);
  }

  /**
   * Adds what another realm's {@link drain} handed out.
   * @param owner - whose records it came from
   * @throws {SealfoldError} BATCH_ALTERED when the state is malformed; PROGRAM_* and LIMIT_* when the module's combine ends
   */
  merge(kind: KeyKind, key: string, values: number, state: string, owner = ""): void {
    if (kind !== 0 || !(values > 0) || !this.#isState(state)) {
      throw new SealfoldError("BATCH_ALTERED", "a state is malformed", { stage: stage.reduce });
    }
    this.#engine.thrown = undefined;
    const failure = this.#engine.merge(kind, key, { values, state, owner: this.#owners.of(owner) });
    if (failure !== 0) throw this.#failure(failure, stage.reduce);
    if (this.#own?.isFull === true) this.#guard(stage.reduce, () => this.#own?.settle());
  }

  /**
   * Adds all pairs of a stream.
   * @returns how many there were
   * @throws {SealfoldError} as {@link merge}
   */
  mergePacked(stream: Uint8Array, owner: string): number {
    const { pulse } = this.#options;
    if (this.#own !== undefined) {
      return mergeEach(stream, pulse, ({ kind, key, values, state }) => this.merge(kind, key, values, state, owner));
    }
    const { fail } = this.#outside(stage.reduce);
    return mergeStream(this.#handOver, stream, { owner: this.#owners.of(owner), pulse, fail });
  }

  /**
   * Hands out the result of each key, in the order of `compareKeys`.
   * @throws {SealfoldError} PROGRAM_* or LIMIT_*
   */
  finish(visit: FinishVisitor): void {
    this.finishPacked((results) => eachResult(results, visit));
  }

  /** As {@link finish}, many results at a time, packed. */
  finishPacked(take: PackedVisitor): void {
    this.#combine(stage.reduce);
    finishResults(this.#handOver, this.#outside(stage.reduce, take), (cell) => this.#resultOf(cell));
  }

  #outside(at: string, take: PackedVisitor = () => undefined): Outside {
    const fail = (failure: number): never => {
      throw this.#failure(failure as Failure, at);
    };
    return { room: new OutputRoom(this.#options), take, fail };
  }

  /** The module's task is at an end: it emits what it kept. */
  #settle(at: string): void {
    if (this.#compiled.functions.has("flush")) this.#feed.run(() => this.#flush());
    this.#combine(at);
  }

  #flush(): number {
    this.#instance.flush();
    this.#lastPairs?.handOut();
    return 0;
  }

  /** Makes one state of each key's, where the module combines. */
  #combine(at: string): void {
    const own = this.#own;
    if (own !== undefined) this.#guard(at, () => this.#engine.replaceStates((state) => own.stateOf(state)));
  }

  #isState(text: string): boolean {
    return this.#own === undefined || isOwnState(text, this.#options.limits.valueBytes);
  }

  #resultOf(cell: number): string {
    if (this.#own !== undefined) this.#key = this.#engine.groups.textOf(cell);
    this.#engine.thrown = undefined;
    return this.#expectText(this.#engine.resultText(cell), stage.reduce);
  }

  /** Runs what calls the module's `combine`, outside of the engine. */
  #guard(at: string, work: () => void): void {
    try {
      ended(work);
    } catch (thrown) {
      this.#engine.thrown = thrown;
      throw this.#failure(-1, at);
    }
  }

  #failure(failure: Failure, at: string): SealfoldError {
    const { thrown, failureText } = this.#engine;
    const code = thrown instanceof Refusal ? thrown.code : failureCodes[failure];
    this.#failureText = thrown instanceof Refusal ? thrown.message : failureText;
    // Which of a batch's records it was only the module knows.
    if (at !== stage.map || this.#feed.isChunked) return new SealfoldError(code, undefined, { stage: at });
    return new SealfoldError(code, undefined, { stage: at, record: this.records });
  }

  #newEngine(): Engine {
    const { limits, tools } = this.#options;
    const name = this.#aggregateName;
    const functions = ownFunctions(
      () => this.#instance,
      () => this.#key,
    );
    this.#own = name === "own" ? new OwnAggregate(functions, limits.outputBytes) : undefined;
    const reduce = this.#own?.aggregate ?? namedAggregates[name as "sum"];
    const definition: AnyDefinition = { map: (work) => ended(work as () => void), reduce };
    // A module that keeps what it gathered cannot forget a bad record's part.
    const badRecords = this.#feed.isChunked || this.#compiled.functions.has("flush") ? 0 : limits.badRecords;
    return new Engine(definition, { ...limits, badRecords }, tools && this.#tools.for(tools));
  }

  #newInstance(): WasmInstance {
    return new WasmInstance(this.#compiled.module, (instance) => importsFor(instance, this.#host));
  }

  #expectText(answer: string | Failure, at: string): string {
    if (typeof answer === "string") return answer;
    throw this.#failure(answer, at);
  }
}
