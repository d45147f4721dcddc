/** What a contender is told, and what it answers. */

import type { Entry } from "../answer.ts";

/** What is asked of a file of lines. */
export type Question =
  /** How often each word occurs: maximal runs of letters, lower-cased. */
  | "letters"
  /** How often each word occurs: maximal runs without white space. */
  | "fields"
  /** The mean of each key's values, of rows "key;value". */
  | "means"
  /** The sum of each key's values, of rows "key;value", of integers. */
  | "sums";

/** One run, in a process of its own. */
export interface Task {
  readonly contender: NodeContender;
  readonly question: Question;
  /** The program's file, for those that run one. */
  readonly program: string;
  /** The bundle that bare threads run. */
  readonly worker: string;
  readonly file: string;
  readonly threads: number;
  /** The folder whose node_modules hold the peers. */
  readonly peers: string;
  readonly isolation?: "thread" | "process" | undefined;
}

/** Contenders that run in Node. */
export type NodeContender =
  "sealfold" | "bare" | "bare-pieces" | "bare-engine" | "bare-bytes" | "node" | "duckdb" | "chdb";

/** May be read more than once. */
export type Answer = Iterable<Entry>;
