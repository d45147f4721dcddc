/** The benchmarks that hold contenders against each other, and what issue and readme promise of each. */

import type { Question } from "./contenders/contender.ts";
import { distinctRows, stationRows, textCorpus, tinyText, zipfCorpus } from "./data.ts";
import type { Goal } from "./statistics.ts";

/** Who takes part. `c` is the floor, `mawk` and `gawk` are commands. */
export type Contender =
  | "sealfold"
  /** The program's source in TypeScript, where `sealfold` gets it in JavaScript. */
  | "sealfold-ts"
  | "bare"
  /** `bare` with texts that are as small as a sandbox makes them. */
  | "bare-pieces"
  | "bare-bytes"
  | "node"
  | "duckdb"
  | "chdb"
  | "mawk"
  | "gawk"
  | "c";

/** `sealfold` ÷ `to`. */
export interface Comparison extends Partial<Goal> {
  readonly of?: Contender;
  readonly to: Contender;
  readonly what: "cpu" | "wall" | "peakMiB";
}

export interface Benchmark {
  readonly says: string;
  readonly question: Question;
  /** The data's file, made where it is missing. */
  readonly data: () => Promise<string>;
  /** What sealfold runs: a program of `programs/`, or one that comes with it. */
  readonly program: string;
  /** The bare threads, of `workers/`: with the program in them, and by hand. */
  readonly bare?: "strings" | "engine";
  readonly byHand?: string;
  readonly contenders: readonly Contender[];
  /** What is said of the run; those with a goal are judged. */
  readonly comparisons: readonly Comparison[];
}

const size = (name: string, otherwise: number): number => {
  const value = Number(process.env[name] ?? otherwise);
  if (!(Number.isSafeInteger(value) && value > 0)) throw new RangeError(`${name} expected a positive integer`);
  return value;
};
const megabytes = size("BENCH_TEXT_MB", 500);
const stringRows = size("BENCH_STRING_ROWS", Math.min(10_000_000, size("BENCH_ROWS", 10_000_000)));
const byteRows = size("BENCH_ROWS", 100_000_000);
const shuffled = size("BENCH_SHUFFLE_ROWS", 20_000_000);

const real = { data: () => textCorpus(megabytes * 1e6) };
const text = `${megabytes} MB of text`;
const rowsOf = (rows: number): string => `${rows.toLocaleString("en")} rows over 413 stations`;
/** The price of protection. */
const price = { to: "bare", what: "cpu", goal: 1.08, stretch: 1.04 } as const;
const byHand = { byHand: "byte-words" } as const;
const strings = [
  { to: "bare-pieces", what: "cpu" },
  { to: "bare", what: "wall" },
  { to: "bare", what: "peakMiB" },
  { to: "node", what: "wall" },
] as const satisfies readonly Comparison[];
/** Against who does not protect, in another language. */
const rivals = [
  { to: "chdb", what: "cpu" },
  { to: "bare-bytes", what: "cpu" },
  { to: "c", what: "cpu" },
] as const satisfies readonly Comparison[];
const duckdb = (stretch: number): readonly Comparison[] => [
  { to: "duckdb", what: "cpu", goal: 1, stretch },
  { to: "duckdb", what: "wall", goal: 1, stretch },
];

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  "string-words": {
    says: `words of letters, lower-cased, as strings, in ${text}`,
    question: "letters",
    ...real,
    ...byHand,
    program: "string-words",
    bare: "strings",
    contenders: ["sealfold", "bare", "bare-pieces", "bare-bytes", "node", "c"],
    comparisons: [price, ...strings],
  },
  "byte-words": {
    says: `words of letters, lower-cased, of byte views, in ${text}`,
    question: "letters",
    ...real,
    ...byHand,
    program: "byte-words",
    bare: "engine",
    contenders: ["sealfold", "bare", "bare-bytes", "c"],
    comparisons: [price, { to: "bare", what: "wall" }, { to: "bare-bytes", what: "cpu" }, { to: "c", what: "cpu" }],
  },
  "field-words": {
    says: `words split at white space, of byte views, in ${text}`,
    question: "fields",
    ...real,
    ...byHand,
    program: "field-words",
    bare: "engine",
    contenders: ["sealfold", "bare", "bare-bytes", "duckdb", "chdb", "mawk", "gawk", "c"],
    comparisons: [price, ...duckdb(0.7), ...rivals, { to: "mawk", what: "cpu" }],
  },
  "zipf-words": {
    says: `words split at white space, of byte views, in ${megabytes} MB of words by Zipf's law`,
    question: "fields",
    data: () => zipfCorpus(megabytes * 1e6),
    ...byHand,
    program: "field-words",
    bare: "engine",
    contenders: ["sealfold", "bare", "bare-bytes", "duckdb", "chdb", "c"],
    comparisons: [price, ...duckdb(0.7), ...rivals],
  },
  "wasm-words": {
    says: `words of letters, lower-cased, built in, in ${text}`,
    question: "letters",
    ...real,
    program: "builtin:ascii-words",
    contenders: ["sealfold", "c"],
    comparisons: [
      { to: "c", what: "cpu", goal: 2.5, stretch: 1.6 },
      { to: "c", what: "wall" },
    ],
  },
  "wasm-fields": {
    says: `words split at white space, built in, in ${text}`,
    question: "fields",
    ...real,
    program: "builtin:spaced-words",
    contenders: ["sealfold", "duckdb", "chdb", "c"],
    comparisons: [...duckdb(0.7), { to: "chdb", what: "cpu" }, { to: "c", what: "cpu" }],
  },
  "string-averaging": {
    says: `means of ${rowsOf(stringRows)}, as strings`,
    question: "means",
    data: () => stationRows(stringRows),
    program: "averaging",
    bare: "strings",
    byHand: "byte-means",
    contenders: ["sealfold", "bare", "bare-pieces", "bare-bytes", "node", "c"],
    comparisons: [price, ...strings],
  },
  "byte-averaging": {
    says: `means of ${rowsOf(byteRows)}, of byte views`,
    question: "means",
    data: () => stationRows(byteRows),
    program: "byte-averaging",
    bare: "engine",
    byHand: "byte-means",
    contenders: ["sealfold", "bare", "bare-bytes", "duckdb", "chdb", "c"],
    comparisons: [price, ...duckdb(0.6), ...rivals],
  },
  "builtin-averaging": {
    says: `means of ${rowsOf(byteRows)}, built in`,
    question: "means",
    data: () => stationRows(byteRows),
    program: "builtin:means",
    contenders: ["sealfold", "duckdb", "chdb", "c"],
    comparisons: [...duckdb(0.6), { to: "chdb", what: "cpu" }, { to: "c", what: "cpu" }],
  },
  shuffle: {
    says: `sums of ${shuffled.toLocaleString("en")} rows over half as many keys, of byte views`,
    question: "sums",
    data: () => distinctRows(shuffled),
    program: "distinct-sums",
    bare: "engine",
    contenders: ["sealfold", "bare", "duckdb", "chdb"],
    comparisons: [
      { to: "bare", what: "cpu", goal: 1.25, stretch: 1.1 },
      { to: "bare", what: "wall" },
      { to: "bare", what: "peakMiB" },
      { to: "duckdb", what: "cpu" },
      { to: "chdb", what: "cpu" },
    ],
  },
  "start-up": {
    says: "words of 1 KB of text",
    question: "letters",
    data: tinyText,
    program: "string-words",
    bare: "strings",
    contenders: ["sealfold", "sealfold-ts", "bare"],
    comparisons: [
      { to: "bare", what: "wall", goal: 6, stretch: 3 },
      { of: "sealfold-ts", to: "bare", what: "wall" },
      { to: "bare", what: "cpu" },
    ],
  },
};

/** Benchmarks that are no comparison of this kind, and have files of their own. */
export const otherNames = ["scaling", "receipt", "memory"] as const;
