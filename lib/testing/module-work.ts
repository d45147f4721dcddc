/** A program in WebAssembly at work, as in a sandbox: its own memory is its wall. */

import { utf8 } from "../crypto/bytes.ts";
import type { RecordFormat } from "../data/format.ts";
import { SealfoldError } from "../errors.ts";
import type { LocalTools } from "../program/local-tools.ts";
import { type CheckedModule, checkModule } from "../program/wasm/check-module.ts";
import { aggregateOf } from "../program/wasm/inspect-module.ts";
import type { OpenableProgram, ProgramRealm, RealmOptions, ToolsGrant } from "../sandbox/realm/program-realm.ts";
import { checkWasm } from "../sandbox/realm/wasm-realm.ts";
import type { LawName } from "./law-name.ts";
import { Ended, type Gathered, type Instances, type Result, type Work } from "./work.ts";

const limits = { keyBytes: Infinity, valueBytes: Infinity, outputBytes: Infinity, badRecords: 0 };

const ownCombine = "the module combines by itself, so that what it emitted does not show; see split and grouping";

/**
 * @param tools - what the module's imports work on; counters and keys are those that it names
 * @throws {SealfoldError} PROGRAM_REFUSED; PROGRAM_THREW when the module ends while it is loaded
 */
export function moduleInstances(bytes: Uint8Array, format: RecordFormat, tools: LocalTools = {}): Instances {
  const program = checkWasm(bytes);
  const options: RealmOptions = { format, limits, tools: grantOf(checkModule(bytes), tools) };
  program.open(options);
  const without = new Map<LawName, string>([["data", "a module's states are always written down, as bytes"]]);
  const aggregate = aggregateOf(checkModule(bytes));
  if (aggregate === undefined || aggregate === "own") without.set("memory", ownCombine);
  const instances: Instances = {
    begin: () => new ModuleWork(program, options),
    without,
    get emitting() {
      return instances;
    },
  };
  return instances;
}

/** All that the module imports. */
function grantOf({ needs }: CheckedModule, given: LocalTools): ToolsGrant {
  const { policy = {}, counters = [], keys = [], clock = 0, seed = new Uint8Array(32) } = given;
  return { capabilities: needs, policy: JSON.stringify(policy), counters, keys, clock, seed };
}

class ModuleWork implements Work {
  readonly #program: OpenableProgram;
  readonly #options: RealmOptions;
  readonly #realm: ProgramRealm;
  #hasMapped = false;

  constructor(program: OpenableProgram, options: RealmOptions) {
    this.#program = program;
    this.#options = options;
    this.#realm = this.#guard(() => program.open(options));
  }

  /** In one call, as a mapper does. */
  map(records: readonly unknown[], places: Iterable<number>): void {
    this.#hasMapped = true;
    const chunk = Buffer.concat(Array.from(places, (at) => encodeRecord(records[at], this.#options.format)));
    this.#guard(() => this.#realm.mapChunk(chunk));
  }

  merge(part: readonly Gathered[]): void {
    this.#guard(() => {
      for (const { kind, key, values, state } of part) this.#realm.merge(kind, key, values, state, "");
    });
  }

  drain(): Gathered[] {
    const part: Gathered[] = [];
    this.#guard(() => this.#realm.drain((kind, key, values, state) => part.push({ kind, key, values, state })));
    return part;
  }

  /** A module that mapped hands over what it gathered first: a mapper finishes nothing. */
  finish(): readonly Result[] {
    if (this.#hasMapped) {
      const reducer = new ModuleWork(this.#program, this.#options);
      reducer.merge(this.drain());
      return reducer.finish();
    }
    const results: Result[] = [];
    this.#guard(() => {
      this.#realm.finish((kind, key, _values, _owners, value) => {
        results.push({ key: kind === 0 ? JSON.stringify(key) : key, value });
      });
    });
    return results;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SealfoldError)) throw error;
      const words = (this.#realm as ProgramRealm | undefined)?.failureText() ?? "";
      throw new Ended({ code: error.code, text: words === "" ? error.message : words, record: undefined });
    }
  }
}

/** One record as it lies in a plain chunk. */
function encodeRecord(record: unknown, format: RecordFormat): Uint8Array {
  switch (format.kind) {
    case "bytes": {
      const bytes = record as Uint8Array;
      const head = Buffer.alloc(4);
      head.writeUInt32BE(bytes.length);
      return Buffer.concat([head, bytes]);
    }
    case "lines":
      return utf8(`${record as string}\n`);
    case "json":
      return utf8(`${JSON.stringify(record)}\n`);
    case "csv": {
      const row = record as Readonly<Record<string, unknown>>;
      return utf8(`${JSON.stringify(format.columns.map((column) => row[column]))}\n`);
    }
  }
}
