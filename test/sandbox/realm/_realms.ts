/** Programs written straight as realm scripts, as a hostile provider would, and what a realm makes of them. */

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { capabilities } from "../../../lib/data/capabilities.ts";
import type { RecordFormat } from "../../../lib/data/format.ts";
import { type ErrorCode, SealfoldError } from "../../../lib/errors.ts";
import { canonicalProgram } from "../../../lib/program/canonical-program.ts";
import type { EngineLimits } from "../../../lib/program/engine.ts";
import type { RealmOptions, ToolsGrant } from "../../../lib/sandbox/realm/program-realm.ts";
import { checkProgram, Realm, type RealmProgram } from "../../../lib/sandbox/realm/realm.ts";

export const limits: EngineLimits = { keyBytes: 65_536, valueBytes: 65_536, outputBytes: 2 ** 28, badRecords: 0 };

/** How a test's realm differs from one for lines without bad records. */
export interface Differences {
  readonly format?: RecordFormat;
  readonly limits?: Partial<EngineLimits>;
  readonly tools?: ToolsGrant;
  readonly pulse?: () => void;
}

/** `(key, values) => values`, in the order that a reduce function gets them. */
export const listing = "(key, values) => values";

/** Adds numbers; its state is one. */
export const adding = "{ zero: () => 0, add: (a, b) => a + b, merge: (a, b) => a + b, finish: (a) => a }";

/** @returns the canonical text of a script that leaves a program of these parts, after `before` ran. */
export function script(map: string, reduce: string = listing, before = "", needs = "undefined"): string {
  const definition = `{ needs: ${needs}, map: ${map}, reduce: ${reduce} }`;
  const program = `{ sealfold: "program/1", url: "", definition: ${definition} }`;
  return canonicalProgram(`"use strict"; ${before}; globalThis.sealfoldProgram = ${program};`);
}

/** As {@link script}, of a program that reads its records as text. */
export function textScript(map: string, reduce: string = listing, before = ""): string {
  const definition = `{ records: "text", map: ${map}, reduce: ${reduce} }`;
  const program = `{ sealfold: "program/1", url: "", definition: ${definition} }`;
  return canonicalProgram(`"use strict"; ${before}; globalThis.sealfoldProgram = ${program};`);
}

/** @returns a realm with such a program. */
export function openRealm(program: string | RealmProgram, differences: Differences = {}): Realm {
  return Realm.open(program, optionsFor(differences));
}

/** @returns what {@link openRealm} opens a realm with. */
export function optionsFor({ format, limits: lower, tools, pulse }: Differences = {}): RealmOptions {
  return {
    format: format ?? { kind: "lines" },
    limits: { ...limits, ...lower },
    ...(tools && { tools }),
    ...(pulse && { pulse }),
  };
}

/** @returns a grant of everything, or what differs from it. */
export function grant(differences: Partial<ToolsGrant> = {}): ToolsGrant {
  return {
    capabilities,
    policy: '{"title":"a policy"}',
    clock: 1_700_000_040,
    seed: new Uint8Array(32).fill(7),
    keys: [],
    counters: ["empty", "long"],
    ...differences,
  };
}

/** One key of what was drained or finished. */
export type Row = readonly [key: string, text: string];

/** Maps `text` in one realm, merges it in another, and finishes. @returns results in their order, keys as JSON text */
export function runRealm(text: string, chunk: string | Uint8Array, differences: Differences = {}): Row[] {
  const program = checkProgram(text);
  const mapper = openRealm(program, differences);
  mapper.mapChunk(typeof chunk === "string" ? utf8(chunk) : chunk);
  const reducer = openRealm(program, differences);
  mapper.drain((kind, key, values, state) => reducer.merge(kind, key, values, state, "owner"));
  const rows: Row[] = [];
  reducer.finish((kind, key, _values, _owners, result) => rows.push([kind === 0 ? JSON.stringify(key) : key, result]));
  return rows;
}

/** @returns the values that `map` emitted for the records in `chunk`, under any key. */
export function emitted(map: string, chunk = "x\n", before = ""): unknown[] {
  return runRealm(script(map, listing, before), chunk).flatMap(([, text]) => JSON.parse(text) as unknown[]);
}

/** @returns the error that `work` ends in, which must be of `code`. */
export function failureOf(code: ErrorCode, work: () => unknown): SealfoldError {
  let caught: unknown;
  try {
    work();
  } catch (error) {
    caught = error;
  }
  if (!(caught instanceof SealfoldError)) throw new Error(`expected ${code}`, { cause: caught });
  expect(caught.code).to.equal(code);
  return caught;
}
