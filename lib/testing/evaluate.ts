/** Runs a program over records as a job could: in tasks, combined here and there, and reduced. In this process. */

import { compareKeys, type KeyKind } from "../data/keys.ts";
import type { ErrorCode } from "../errors.ts";
import { Engine, type EngineLimits } from "../program/engine.ts";
import { failureCodes } from "../program/failure-codes.ts";
import type { AnyDefinition } from "../program/program.ts";
import type { Failure } from "../program/verdict.ts";
import type { Instances } from "./instances.ts";

/** How a job is laid out. Records are called by their place in the list that is evaluated. */
export interface Shape {
  /** What each task maps, in its order. */
  readonly tasks: readonly (readonly number[])[];
  /** Each joins a part, by its place, with the next, before all that is left is reduced. */
  readonly joins: readonly number[];
}

/** One key with its result, both as JSON text. */
export interface Result {
  readonly key: string;
  readonly value: string;
}

/** What a job ends with. */
export type Answer = readonly Result[] | Failed;

/** A job that failed. */
export interface Failed {
  readonly code: ErrorCode;
  /** The program's words. */
  readonly text: string;
  /** The place of the record that was mapped last. */
  readonly record: number | undefined;
}

/** What is gathered under one key. */
interface Gathered {
  readonly kind: KeyKind;
  readonly key: string;
  readonly values: number;
  readonly state: string;
}

const unlimited: EngineLimits = { keyBytes: Infinity, valueBytes: Infinity, outputBytes: Infinity, badRecords: 0 };

/** @returns what comes of mapping and reducing all at one place, without ever writing a state down. */
export function evaluateHere(instances: Instances, records: readonly unknown[]): Answer {
  return attempt(() => resultsOf(mapped(instances(), records, records.keys())));
}

/** @returns what comes of a job of this shape, each task and each join with a program that was just loaded. */
export function evaluate(instances: Instances, records: readonly unknown[], { tasks, joins }: Shape): Answer {
  return attempt(() => {
    const parts = tasks.map((task) => drained(mapped(instances(), records, task)));
    for (const join of joins) {
      if (parts.length < 2) break;
      const at = join % (parts.length - 1);
      parts.splice(at, 2, drained(merged(instances(), parts.slice(at, at + 2))));
    }
    return resultsOf(merged(instances(), parts));
  });
}

/** @returns the program with a reduce that shows what was emitted. */
export function emitting(instances: Instances): Instances {
  return () => ({ map: instances().map, reduce: (_key: unknown, values: readonly unknown[]) => values });
}

/** @returns whether two answers are the same, byte for byte. */
export function isSameAnswer(one: Answer, other: Answer): boolean {
  if (isFailed(one) || isFailed(other)) return isFailed(one) && isFailed(other) && one.code === other.code;
  return JSON.stringify(one) === JSON.stringify(other);
}

export function isFailed(answer: Answer): answer is Failed {
  return "code" in answer;
}

/** Ends what is evaluated; caught in here. */
class Ended extends Error {
  readonly failed: Failed;

  constructor(failed: Failed) {
    super(failed.text);
    this.failed = failed;
  }
}

function attempt(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (error instanceof Ended) return error.failed;
    throw error;
  }
}

function mapped(definition: AnyDefinition, records: readonly unknown[], places: Iterable<number>): Engine {
  const engine = new Engine(definition, unlimited);
  // Each record is read anew in a sandbox: what map does to one does not last.
  for (const at of places) expectSuccess(engine, engine.map(structuredClone(records[at])), at);
  return engine;
}

function merged(definition: AnyDefinition, parts: readonly (readonly Gathered[])[]): Engine {
  const engine = new Engine(definition, unlimited);
  for (const part of parts) {
    for (const { kind, key, values, state } of part) {
      expectSuccess(engine, engine.merge(kind, key, values, state, ""), undefined);
    }
  }
  return engine;
}

function drained(engine: Engine): Gathered[] {
  const part: Gathered[] = [];
  for (const cell of Array.from(engine.cells)) {
    const state = engine.stateText(cell);
    if (typeof state !== "string") return expectSuccess(engine, state, undefined);
    if (cell.values > 0) part.push({ kind: cell.kind, key: cell.key, values: cell.values, state });
  }
  return part;
}

function resultsOf(engine: Engine): Result[] {
  const cells = Array.from(engine.cells).filter(({ values }) => values > 0);
  cells.sort((a, b) => compareKeys(a.kind, a.key, b.kind, b.key));
  return cells.map((cell) => {
    const value = engine.resultText(cell);
    if (typeof value !== "string") return expectSuccess(engine, value, undefined);
    return { key: cell.kind === 0 ? JSON.stringify(cell.key) : cell.key, value };
  });
}

function expectSuccess(engine: Engine, failure: 0, record: number | undefined): void;
function expectSuccess(engine: Engine, failure: Failure, record: number | undefined): never;
function expectSuccess(engine: Engine, failure: Failure | 0, record: number | undefined): void;
function expectSuccess(engine: Engine, failure: Failure | 0, record: number | undefined): void {
  if (failure !== 0) throw new Ended({ code: failureCodes[failure], text: engine.failureText, record });
}
