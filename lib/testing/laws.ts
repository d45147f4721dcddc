/**
 * What must not change a program's answer. A law compares two ways to run the same records; they are checked in turn,
 * and each leans on those before it, so that the first that is broken says best what is wrong.
 */

import type { Answer, Shape } from "./evaluate.ts";
import { evaluate, evaluateHere } from "./evaluate.ts";
import type { LawName } from "./law-name.ts";
import type { Instances } from "./work.ts";

/** What fast-check draws for one record: the fields that a law does not use stay as they are. */
export interface DrawnRecord {
  readonly record: unknown;
  /** Whether a task begins here. */
  readonly begins: boolean;
  /** Records, or tasks by their first record, are put in the order of these. */
  readonly rank: number;
}

/** One run that is tried. */
export interface Trial {
  readonly drawn: readonly DrawnRecord[];
  /** As in {@link Shape}. */
  readonly joins: readonly number[];
}

/** One of the two ways, and what came of it. */
export interface LawSide {
  /** For example `tasks (1 2) (3)`, which calls records by their place, from 1. */
  readonly way: string;
  readonly answer: Answer;
}

/** A law that does not hold, with the smallest records on which it shows. */
export interface LawBreak<R = unknown> {
  readonly law: LawName;
  /** What is wrong, in a sentence. */
  readonly says: string;
  readonly next: string;
  readonly records: readonly R[];
  readonly sides: readonly [LawSide, LawSide];
}

/** What is compared, what may be drawn for it, and what it means when there is a difference. */
export interface Law {
  readonly name: LawName;
  readonly draws: { readonly begins?: true; readonly rank?: true; readonly joins?: true };
  readonly compare: (instances: Instances, trial: Trial) => readonly [LawSide, LawSide];
  readonly says: string;
  readonly next: string;
}

const aggregateAdvice = "merge must join two states as if the values of both had been added to one";

/** In the order in which they are checked. */
export const laws: readonly Law[] = [
  {
    name: "repeat",
    draws: {},
    compare: (instances, trial) => [here(instances, trial), here(instances, trial, "all again")],
    says: "the same records give another answer when they are run again",
    next: "do without time, randomness and what was kept from an earlier run",
  },
  {
    name: "answers",
    draws: {},
    compare: (instances, trial) => [here(instances, trial), { way: "an answer", answer: [] }],
    says: "the program fails",
    next: "find it with sealfold run --local, which shows the stack",
  },
  {
    name: "memory",
    draws: {},
    compare: (instances, trial) => {
      const alone = trial.drawn.map((_, at) => [at]);
      return [emitted(instances, trial, [trial.drawn.map((_, at) => at)]), emitted(instances, trial, alone)];
    },
    says: "map keeps state: what it emits for a record depends on the records before it in its task",
    next: "keep nothing outside map: emit what is to be gathered, and let reduce gather it",
  },
  {
    name: "data",
    draws: {},
    compare: (instances, trial) => [here(instances, trial), shaped(instances, trial, inOrder(trial, false))],
    says: "a state is not the same once it was written down as JSON and read again",
    next: "make states of plain JSON data: no Map, Set, Date, undefined or class, and nothing shared between two states",
  },
  {
    name: "order",
    draws: { rank: true },
    compare: (instances, trial) => [
      shaped(instances, trial, inOrder(trial, false)),
      shaped(instances, trial, { tasks: [ranked(trial, allOf(trial))], joins: [] }),
    ],
    says: "the answer depends on the order of the records",
    next: "add must not depend on which value comes first; sums of floats do: use sum or mean, which are exact",
  },
  {
    name: "merge order",
    draws: { begins: true },
    compare: (instances, trial) => {
      const tasks = inTwo(trial);
      const swapped = { tasks: tasks.toReversed(), joins: [] };
      return [shaped(instances, trial, { tasks, joins: [] }), shaped(instances, trial, swapped)];
    },
    says: "the answer depends on which task is merged first",
    next: "merge(a, b) must come to the same as merge(b, a)",
  },
  {
    name: "split",
    draws: { begins: true },
    compare: (instances, trial) => [
      shaped(instances, trial, inOrder(trial, false)),
      shaped(instances, trial, inOrder(trial, true)),
    ],
    says: "the answer depends on how the records are split into tasks",
    next: `${aggregateAdvice}, and zero() must add nothing: an average of averages is none`,
  },
  {
    name: "grouping",
    draws: { begins: true, joins: true },
    compare: (instances, trial) => [
      shaped(instances, trial, inOrder(trial, true)),
      shaped(instances, trial, { ...inOrder(trial, true), joins: trial.joins }),
    ],
    says: "the answer depends on where states are combined on their way",
    next: "merge(merge(a, b), c) must come to the same as merge(a, merge(b, c))",
  },
  {
    name: "all",
    draws: { begins: true, rank: true, joins: true },
    compare: (instances, trial) => [
      here(instances, trial),
      shaped(instances, trial, { tasks: rankedTasks(trial).map((task) => ranked(trial, task)), joins: trial.joins }),
    ],
    says: "the answer depends on how the records are split, ordered and combined",
    next: aggregateAdvice,
  },
];

function here(instances: Instances, trial: Trial, way = "all at once"): LawSide {
  return { way, answer: evaluateHere(instances, recordsOf(trial)) };
}

function shaped(instances: Instances, trial: Trial, shape: Shape): LawSide {
  return { way: shapeText(shape), answer: evaluate(instances, recordsOf(trial), shape) };
}

/** What map emits, key by key. */
function emitted(instances: Instances, trial: Trial, tasks: Shape["tasks"]): LawSide {
  const { way, answer } = shaped(instances.emitting, trial, { tasks, joins: [] });
  return { way: `emitted by ${way}`, answer };
}

function recordsOf({ drawn }: Trial): readonly unknown[] {
  return drawn.map(({ record }) => record);
}

function allOf({ drawn }: Trial): readonly number[] {
  return [...drawn.keys()];
}

function inOrder(trial: Trial, isSplit: boolean): Shape {
  const tasks: number[][] = [];
  trial.drawn.forEach(({ begins }, at) => {
    if (at === 0 || (isSplit && begins)) tasks.push([at]);
    else tasks.at(-1)?.push(at);
  });
  return { tasks, joins: [] };
}

/** Two tasks, where a second one begins. */
function inTwo(trial: Trial): Shape["tasks"] {
  const [first = [], ...others] = inOrder(trial, true).tasks;
  return others.length === 0 ? [first] : [first, others.flat()];
}

function rankedTasks(trial: Trial): readonly (readonly number[])[] {
  const { tasks } = inOrder(trial, true);
  return ranked(
    trial,
    tasks.map(([first]) => first ?? 0),
  ).map((first) => tasks.find((task) => task[0] === first) ?? []);
}

/** Those of the same rank stay in their order. */
function ranked({ drawn }: Trial, places: readonly number[]): readonly number[] {
  const rank = (at: number): number => drawn[at]?.rank ?? 0;
  return places.toSorted((a, b) => rank(a) - rank(b) || a - b);
}

/** Tasks in parentheses; parts that are joined before the rest in braces. */
function shapeText({ tasks, joins }: Shape): string {
  const parts = tasks.map((task) => `(${task.map((at) => at + 1).join(" ")})`);
  for (const join of joins) {
    if (parts.length < 2) break;
    const at = join % (parts.length - 1);
    parts.splice(at, 2, `{${parts.slice(at, at + 2).join(" ")}}`);
  }
  return `${tasks.length === 1 ? "one task" : "tasks"} ${parts.join(" ")}`;
}
