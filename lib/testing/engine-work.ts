/** A program in TypeScript at work: the engine of a realm, with no wall around it. */

import { compareKeys } from "../data/keys.ts";
import { Engine, type EngineLimits } from "../program/engine.ts";
import { failureCodes } from "../program/failure-codes.ts";
import { type LocalTools, localTools } from "../program/local-tools.ts";
import { recordMapper } from "../program/local.ts";
import type { AnyDefinition } from "../program/program.ts";
import type { Failure } from "../program/verdict.ts";
import { Ended, type Gathered, type Instances, type Result, type Work } from "./work.ts";

const unlimited: EngineLimits = { keyBytes: Infinity, valueBytes: Infinity, outputBytes: Infinity, badRecords: 0 };

/**
 * @param load - gives the definition of a program that was just loaded
 * @param tools - what its tools work on: the same in each task
 */
export function engineInstances(load: () => AnyDefinition, tools?: LocalTools): Instances {
  const emitting: Instances = {
    begin: () => new EngineWork({ ...load(), reduce: (_key: unknown, values: readonly unknown[]) => values }, tools),
    without: new Map(),
    get emitting() {
      return emitting;
    },
  };
  return { begin: () => new EngineWork(load(), tools), emitting, without: new Map() };
}

class EngineWork implements Work {
  readonly #engine: Engine;
  readonly #map: (record: unknown) => Failure | 0;

  constructor(definition: AnyDefinition, tools?: LocalTools) {
    this.#engine = new Engine(definition, unlimited, localTools(definition, tools));
    this.#map = recordMapper(this.#engine, definition);
  }

  map(records: readonly unknown[], places: Iterable<number>): void {
    // Each record is read anew in a sandbox: what map does to one does not last.
    for (const at of places) this.#expectSuccess(this.#map(structuredClone(records[at])), at);
  }

  merge(part: readonly Gathered[]): void {
    for (const { kind, key, values, state } of part) {
      this.#expectSuccess(this.#engine.merge(kind, key, { values, state, owner: 0 }));
    }
  }

  drain(): Gathered[] {
    const part: Gathered[] = [];
    for (const { index, kind, key, values } of Array.from(this.#engine.cells)) {
      part.push({ kind, key, values, state: this.#expectText(this.#engine.stateText(index)) });
    }
    return part;
  }

  finish(): Result[] {
    const cells = Array.from(this.#engine.cells);
    cells.sort((a, b) => compareKeys(a.kind, a.key, b.kind, b.key));
    return cells.map((cell) => {
      const value = this.#expectText(this.#engine.resultText(cell.index));
      return { key: cell.kind === 0 ? JSON.stringify(cell.key) : cell.key, value };
    });
  }

  #expectText(answer: string | Failure): string {
    if (typeof answer !== "string") this.#expectSuccess(answer);
    return answer as string;
  }

  #expectSuccess(failure: Failure | 0, record?: number): void {
    if (failure === 0) return;
    throw new Ended({ code: failureCodes[failure], text: this.#engine.failureText, record });
  }
}
