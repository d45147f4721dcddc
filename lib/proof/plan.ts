/** The plan of a job: fixed tasks, each a run of one input's chunks, and the number of partitions. */

import * as v from "valibot";

import { SealfoldError } from "../errors.ts";
import { expectPartitions } from "../policy/questions.ts";
import type { Policy } from "../policy/policy.ts";
import type { Commitment } from "./commitment.ts";
import { count, exactly, nameText, parseShape } from "./_schema.ts";

export type PlanTask = {
  readonly owner: string;
  readonly input: string;
  /** Index of its first chunk. */
  readonly first: number;
  /** How many chunks. */
  readonly count: number;
};

export type PlanDocument = {
  readonly partitions: number;
  readonly tasks: readonly PlanTask[];
  /** Every cell of an attempt is as long as the longest. */
  readonly padding: "cell-max";
};

export const planSchema: v.GenericSchema<PlanDocument, PlanDocument> = exactly({
  partitions: v.pipe(count, v.minValue(1)),
  tasks: v.array(exactly({ owner: nameText, input: nameText, first: count, count: v.pipe(count, v.minValue(1)) })),
  padding: v.literal("cell-max"),
});

export interface PlanOptions {
  readonly mappers: number;
  readonly partitions: number;
  /** The most chunks that a task may have. */
  readonly chunksPerTask?: number;
  /** Bytes of each input's largest sealed chunk, where it is known: a task has so many chunks that it stays small. */
  readonly chunkBytes?: ReadonlyMap<string, number>;
}

/**
 * A task begins in a fresh realm, where V8 compiles everything anew, and ends with pairs of its own: the fewer, the
 * cheaper. What a mapper that dies had in hand is done again, and the others wait for it at the end: the more, the
 * cheaper.
 */
const tasksPerMapper = 3;
/** Keys and what is gathered under them are in a realm's memory until a task ends, and count to its output. */
const maxTaskBytes = 128 * 1024 * 1024;
const defaultChunksPerTask = 128;

/**
 * @returns tasks that cover every chunk once, none of them over two inputs
 * @throws {RangeError} unless every option is a whole number from 1 on
 */
export function makePlan(commitments: readonly Commitment[], options: PlanOptions): PlanDocument {
  const { mappers, partitions, chunksPerTask = defaultChunksPerTask, chunkBytes } = options;
  for (const [name, value] of Object.entries({ mappers, partitions, chunksPerTask })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`"${name}" expected 1 or more, got ${value}`);
  }
  const all = commitments.reduce((sum, { document }) => sum + document.chunks, 0);
  const even = Math.max(1, Math.ceil(all / (mappers * tasksPerMapper)));
  const tasks = commitments.flatMap(({ document: { owner, input, chunks } }) => {
    const most = Math.min(chunksPerTask, Math.max(1, Math.floor(maxTaskBytes / (chunkBytes?.get(input) ?? 1))));
    const size = even <= most ? even : inRounds(chunks, mappers, most);
    const count = Math.ceil(chunks / size);
    const firstOf = (task: number): number => Math.floor((task * chunks) / count); // tasks differ by one chunk at most
    return Array.from({ length: count }, (_, task) => {
      return { owner, input, first: firstOf(task), count: firstOf(task + 1) - firstOf(task) };
    });
  });
  return { partitions, tasks, padding: "cell-max" };
}

/** @returns how many chunks a task has, at most `most`, so that all mappers have as many of them as the others */
function inRounds(chunks: number, mappers: number, most: number): number {
  if (chunks <= most * mappers) return most;
  return Math.ceil(chunks / (mappers * Math.ceil(chunks / (most * mappers))));
}

/** @throws {SealfoldError} PLAN when `value` has another shape. */
export function parsePlan(value: unknown): PlanDocument {
  return parseShape(planSchema, value, "PLAN", "plan");
}

/**
 * @throws {SealfoldError} PLAN unless the tasks cover every chunk of every commitment exactly once, in order;
 *   DENIED_CAP when there are more partitions than the policy allows
 */
export function verifyPlan(policy: Policy, plan: PlanDocument, commitments: readonly Commitment[]): void {
  expectPartitions(policy, plan.partitions);
  const inputs = new Map(commitments.map(({ document }) => [document.input, { document, next: 0 }]));
  plan.tasks.forEach((task, index) => {
    const input = inputs.get(task.input);
    if (input?.document.owner !== task.owner || input.next !== task.first) {
      throw new SealfoldError("PLAN", "the plan does not cover every chunk once, in order", { task: index });
    }
    input.next += task.count;
  });
  for (const { document, next } of inputs.values()) {
    if (next !== document.chunks) {
      throw new SealfoldError("PLAN", `the plan does not cover input "${document.input}"`, { party: document.owner });
    }
  }
}
