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

/** Tasks per mapper that leave none of them idle for long at the end. */
const tasksPerMapper = 4;
const defaultChunksPerTask = 64;
/**
 * A task begins in a fresh realm, whose code is slow until it has run for a while: the larger, the cheaper. What a mapper
 * that dies had in hand is done again: the smaller, the cheaper.
 */
const maxTaskBytes = 64 * 1024 * 1024;

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
  const even = Math.min(chunksPerTask, Math.max(1, Math.ceil(all / (mappers * tasksPerMapper))));
  const tasks = commitments.flatMap(({ document: { owner, input, chunks } }) => {
    const most = Math.min(even, Math.max(1, Math.floor(maxTaskBytes / (chunkBytes?.get(input) ?? 1))));
    return Array.from({ length: Math.ceil(chunks / most) }, (_, i) => ({
      owner,
      input,
      first: i * most,
      count: Math.min(most, chunks - i * most),
    }));
  });
  return { partitions, tasks, padding: "cell-max" };
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
