/** Runs a program over records as a job could: in tasks, combined here and there, and reduced. In this process. */

import { Ended, type Failed, type Gathered, type Instances, type Result, type Work } from "./work.ts";

/** How a job is laid out. Records are called by their place in the list that is evaluated. */
export interface Shape {
  /** What each task maps, in its order. */
  readonly tasks: readonly (readonly number[])[];
  /** Each joins a part, by its place, with the next, before all that is left is reduced. */
  readonly joins: readonly number[];
}

/** What a job ends with. */
export type Answer = readonly Result[] | Failed;

/** @returns what comes of mapping and reducing all at one place, without ever writing a state down. */
export function evaluateHere(instances: Instances, records: readonly unknown[]): Answer {
  return attempt(() => mapped(instances, records, records.keys()).finish());
}

/** @returns what comes of a job of this shape, each task and each join with a program that was just loaded. */
export function evaluate(instances: Instances, records: readonly unknown[], { tasks, joins }: Shape): Answer {
  return attempt(() => {
    const parts = tasks.map((task) => mapped(instances, records, task).drain());
    for (const join of joins) {
      if (parts.length < 2) break;
      const at = join % (parts.length - 1);
      parts.splice(at, 2, merged(instances, parts.slice(at, at + 2)).drain());
    }
    return merged(instances, parts).finish();
  });
}

/** @returns whether two answers are the same, byte for byte. */
export function isSameAnswer(one: Answer, other: Answer): boolean {
  if (isFailed(one) || isFailed(other)) return isFailed(one) && isFailed(other) && one.code === other.code;
  return JSON.stringify(one) === JSON.stringify(other);
}

export function isFailed(answer: Answer): answer is Failed {
  return "code" in answer;
}

function attempt(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (error instanceof Ended) return error.failed;
    throw error;
  }
}

function mapped(instances: Instances, records: readonly unknown[], places: Iterable<number>): Work {
  const work = instances.begin();
  work.map(records, places);
  return work;
}

function merged(instances: Instances, parts: readonly (readonly Gathered[])[]): Work {
  const work = instances.begin();
  for (const part of parts) work.merge(part);
  return work;
}
