/** The records that laws are checked on: those of a sample, or any that an arbitrary of fast-check makes. */

import type { Arbitrary } from "fast-check";

import type { RecordFormat } from "../data/format.ts";
import { asInput, type InputSource } from "../data/input.ts";
import { SealfoldError } from "../errors.ts";
import { recordsIn } from "../program/local.ts";
import { type Answer, evaluate, isFailed, isSameAnswer } from "./evaluate.ts";
import type { Instances, Result } from "./work.ts";

/** How many records of a sample are read at most. */
export const maxSample = 10_000;

/** Records as a sandbox gets them. */
export interface Sample {
  readonly format: RecordFormat;
  readonly records: readonly unknown[];
}

/** @returns the first records. @throws whatever reading throws; DATA_EMPTY */
export async function readSample(source: InputSource<unknown>): Promise<Sample> {
  const input = asInput(source);
  const format = typeof input.format === "function" ? await input.format() : input.format;
  const records: unknown[] = [];
  for await (const { bytes } of input.chunks()) {
    for (const record of recordsIn(bytes, format)) {
      records.push(record);
      if (records.length === maxSample) return { format, records };
    }
  }
  return { format, records };
}

export function isArbitrary<R>(source: InputSource<R> | Arbitrary<R>): source is Arbitrary<R> {
  return (
    typeof source === "object" && "generate" in source && "shrink" in source && "canShrinkWithoutContext" in source
  );
}

/** A sample that was mapped record by record. */
export interface MappedSample {
  readonly records: readonly unknown[];
  /**
   * First the places of all records; then, for each key that several records emit, the places of these: records that
   * have nothing in common are never merged, and show nothing.
   */
  readonly groups: readonly (readonly number[])[];
  /** The first record for which map did not emit the same twice, with both; the rest was not looked at. */
  readonly unstable: { readonly record: unknown; readonly emitted: readonly [Answer, Answer] } | undefined;
}

/** @throws {SealfoldError} PROGRAM_THREW, PROGRAM_VALUE: the program fails on a record of the sample */
export function mapSample(instances: Instances, records: readonly unknown[]): MappedSample {
  const groups = new Map<string, number[]>();
  const all = [...records.keys()];
  for (const place of all) {
    const emitted = emittedFor(instances, records, place);
    const again = emittedFor(instances, records, place);
    if (!isSameAnswer(emitted, again)) {
      return { records, groups: [all], unstable: { record: records[place], emitted: [emitted, again] } };
    }
    for (const { key } of emitted) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [place]);
      else group.push(place);
    }
  }
  const shared = [...groups.values()].filter((group) => group.length > 1);
  return { records, groups: [all, ...shared], unstable: undefined };
}

function emittedFor(instances: Instances, records: readonly unknown[], place: number): readonly Result[] {
  const answer = evaluate(instances.emitting, records, { tasks: [[place]], joins: [] });
  if (!isFailed(answer)) return answer;
  const where = { stage: "map", record: place + 1 };
  throw new SealfoldError(answer.code, `in record ${place + 1}: ${answer.text}`, where);
}
