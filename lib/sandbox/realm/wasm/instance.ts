/** One instance of a module: its memory, the calls of its exports, and at which moment of its work it is. */

import { type WasmFunction, type WasmMemory, type WasmModule, webAssembly } from "../../../data/web-assembly.ts";
import { memoryExport, type Moment } from "../../../program/wasm/abi.ts";
import { ModuleMemory } from "./module-memory.ts";
import { refuse, whileLoading } from "./refusal.ts";

/** What a module gets for its imports, by their names. */
export type Imports = Readonly<Record<string, (...values: never[]) => number | void>>;

/** Memory that the module gave to this side. */
interface Region {
  readonly at: number;
  readonly size: number;
}

const noRegion: Region = { at: 0, size: 0 };
const smallestRegion = 65_536;

export class WasmInstance {
  /** What the module is doing; none while it is not called. */
  moment: Moment | undefined;
  readonly memory: ModuleMemory;
  readonly #functions: Readonly<Record<string, WasmFunction | undefined>>;
  /** Called for each record. */
  readonly #map: WasmFunction | undefined;
  readonly #regions: Region[] = [noRegion, noRegion];
  #answer: Uint8Array | undefined;

  /**
   * @param imports - makes what the module imports
   * @throws {SealfoldError} PROGRAM_THREW or LIMIT_MEMORY when it ends while it is made, with the words of it as `cause`
   */
  constructor(module: WasmModule, imports: (instance: WasmInstance) => Readonly<Record<string, Imports>>) {
    this.moment = "load";
    const { exports } = whileLoading(() => new webAssembly.Instance(module, imports(this)));
    this.memory = new ModuleMemory(exports[memoryExport] as WasmMemory);
    this.#functions = exports as Record<string, WasmFunction>;
    this.#map = this.#functions["map"];
    whileLoading(() => this.#functions["_initialize"]?.());
    this.moment = undefined;
  }

  /** @returns what the export `aggregate` answers. */
  aggregate(): number {
    return whileLoading(() => this.#call("load", () => this.#functions["aggregate"]?.() ?? -1));
  }

  /** @returns where `bytes` lie in the module's memory now. There are two such places, and each call uses one again. */
  put(bytes: Uint8Array, place: 0 | 1 = 0): number {
    const region = this.#regions[place] as Region;
    const { at } = region.size >= bytes.length && region.size > 0 ? region : this.#allocate(bytes.length, place);
    this.memory.bytes.set(bytes, at);
    return at;
  }

  /** @returns what `map` answers for the record there. */
  map(at: number, length: number): number {
    this.moment = "map";
    try {
      return this.#map?.(at, length) ?? -1;
    } finally {
      this.moment = undefined;
    }
  }

  /** @returns what `map_chunk` answers for the records there. */
  mapChunk(at: number, length: number): number {
    return this.#call("map", () => this.#functions["map_chunk"]?.(at, length) ?? -1);
  }

  flush(): void {
    this.#call("map", () => this.#functions["flush"]?.() ?? 0);
  }

  /** @returns the state that joins both. */
  combine(a: Uint8Array, b: Uint8Array): Uint8Array {
    const [aAt, bAt] = [this.put(a, 0), this.put(b, 1)];
    return this.#answerOf("combine", [aAt, a.length, bAt, b.length]);
  }

  /** @returns the JSON text of the result of a key. */
  finish(key: Uint8Array, state: Uint8Array): Uint8Array {
    const [keyAt, stateAt] = [this.put(key, 0), this.put(state, 1)];
    return this.#answerOf("finish", [keyAt, key.length, stateAt, state.length]);
  }

  /** Takes the answer of `combine` or `finish`. */
  answer(bytes: Uint8Array): void {
    if (this.#answer !== undefined) refuse(`${this.moment} answers twice`);
    this.#answer = bytes;
  }

  #answerOf(name: "combine" | "finish", values: readonly number[]): Uint8Array {
    this.#answer = undefined;
    this.#call(name, () => this.#functions[name]?.(...values) ?? 0);
    const answer = this.#answer as Uint8Array | undefined;
    this.#answer = undefined;
    return answer ?? refuse(`${name} gives no result`, "PROGRAM_VALUE");
  }

  /** The bytes that were there before stay with the module. */
  #allocate(length: number, place: 0 | 1): Region {
    const wanted = Math.max(length, (this.#regions[place] as Region).size * 2, smallestRegion);
    const size = Math.min(wanted, 0xffff_ffff);
    const at = this.#call("load", () => this.#functions["allocate"]?.(size) ?? 0) >>> 0;
    if (at === 0) refuse(`allocate has no ${size} bytes`, "LIMIT_MEMORY");
    const region = { at: this.memory.expect(at, size), size };
    this.#regions[place] = region;
    return region;
  }

  #call(moment: Moment, work: () => number): number {
    const before = this.moment;
    this.moment = moment;
    try {
      return work();
    } finally {
      this.moment = before;
    }
  }
}
