/**
 * Narrowing: a policy for one job may lose receivers and outputs, and its thresholds may rise. It never
 * gains anything (design §4). Narrowings are small JSON documents, so that a final manifest can say what was done.
 */

import * as v from "valibot";

import { SealfoldError } from "../errors.ts";
import { checkSchema } from "./_schema.ts";
import type { PolicyDocument, PolicyOutput } from "./document.ts";
import { listMaxima, numberRanges } from "./limits.ts";

/** A threshold of one output that must at least be this high. */
export type RaisedThreshold = { readonly output: string; readonly minValues: number; readonly minOwners: number };

/** What is left of a policy. A list that is there names all that is kept; one that is not there keeps everything. */
export type Narrowing = {
  /** The only parties that still receive anything. */
  readonly receivers?: readonly string[];
  /** The only outputs that are still made. */
  readonly outputs?: readonly string[];
  readonly thresholds?: readonly RaisedThreshold[];
};

/** Keeps everything. */
export const noNarrowing: Narrowing = Object.freeze({});

const names = v.pipe(v.array(v.string()), v.maxLength(listMaxima.parties));
const threshold = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(numberRanges.minValues.max));
const object = v.custom<object>((value) => typeof value === "object" && value !== null && !Array.isArray(value));

/** The shape of a narrowing of any policy, within bounds. */
export const narrowingSchema: v.GenericSchema<unknown, Narrowing> = v.pipe(
  object, // a strict object without obligatory fields would take an empty list for one
  v.strictObject({
    receivers: v.exactOptional(names),
    outputs: v.exactOptional(names),
    thresholds: v.exactOptional(
      v.pipe(
        v.array(v.strictObject({ output: v.string(), minValues: threshold, minOwners: threshold })),
        v.maxLength(listMaxima.outputs),
      ),
    ),
  }),
);

/**
 * Reads a narrowing of `document` from anywhere. A name that the policy does not have is refused: a mistyped output
 * would otherwise leave its threshold as it was.
 * @returns lists without doubles, in code-unit order: equal narrowings are the same JSON
 * @throws {SealfoldError} POLICY_FIELD or POLICY_VALUE naming the field
 */
export function parseNarrowing(document: PolicyDocument, value: unknown): Narrowing {
  const narrowing = checkSchema(narrowingSchema, value);
  const outputs = document.outputs.map((output) => output.name);
  expectKnown(
    "receivers",
    narrowing.receivers,
    document.outputs.flatMap((output) => output.receivers),
  );
  expectKnown("outputs", narrowing.outputs, outputs);
  const raised = narrowing.thresholds?.map(({ output }) => output);
  expectKnown("thresholds", raised, outputs);
  return joinNarrowings(narrowing, noNarrowing);
}

function expectKnown(field: string, given: readonly string[] | undefined, known: readonly string[]): void {
  const at = given?.findIndex((name) => !known.includes(name)) ?? -1;
  if (at === -1) return;
  const place = { field: `${field}[${at}]` };
  throw new SealfoldError("POLICY_VALUE", `narrowing ${place.field}: the policy has nothing of that name`, place);
}

/**
 * @returns what is left of `document`. An output without receivers is gone; where no output is left, nothing may be
 *   released. It is for asking what may be done, not for signing: it may be stricter than a policy could say.
 */
export function narrowPolicy(document: PolicyDocument, narrowing: Narrowing): PolicyDocument {
  return {
    ...document,
    outputs: document.outputs
      .filter((output) => narrowing.outputs?.includes(output.name) ?? true)
      .map((output) => narrowOutput(output, narrowing))
      .filter((output) => output.receivers.length > 0),
  };
}

function narrowOutput(output: PolicyOutput, narrowing: Narrowing): PolicyOutput {
  const raised = (narrowing.thresholds ?? []).filter((threshold) => threshold.output === output.name);
  return {
    ...output,
    receivers: kept(output.receivers, narrowing.receivers),
    minValues: Math.max(output.minValues, ...raised.map((threshold) => threshold.minValues)),
    minOwners: Math.max(output.minOwners, ...raised.map((threshold) => threshold.minOwners)),
  };
}

function kept(all: readonly string[], only: readonly string[] | undefined): readonly string[] {
  return only === undefined ? all : all.filter((name) => only.includes(name));
}

/** @returns the narrowing that does what `a` and `b` do one after the other, in either order. */
export function joinNarrowings(a: Narrowing, b: Narrowing): Narrowing {
  const receivers = intersection(a.receivers, b.receivers);
  const outputs = intersection(a.outputs, b.outputs);
  const thresholds = highest([...(a.thresholds ?? []), ...(b.thresholds ?? [])]);
  return {
    ...(receivers && { receivers }),
    ...(outputs && { outputs }),
    ...(thresholds.length > 0 && { thresholds }),
  };
}

function intersection(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  const both = a && b ? a.filter((name) => b.includes(name)) : (a ?? b);
  return both && [...new Set(both)].sort(); // by UTF-16 code units, as canonical JSON sorts
}

function highest(thresholds: readonly RaisedThreshold[]): readonly RaisedThreshold[] {
  const byOutput = new Map<string, RaisedThreshold>();
  for (const { output, minValues, minOwners } of thresholds) {
    const before = byOutput.get(output) ?? { minValues: 0, minOwners: 0 };
    byOutput.set(output, {
      output,
      minValues: Math.max(before.minValues, minValues),
      minOwners: Math.max(before.minOwners, minOwners),
    });
  }
  return [...byOutput.values()].sort((a, b) => (a.output < b.output ? -1 : 1));
}
