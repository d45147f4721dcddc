/** The limits of a policy: what each one bounds, what a draft says, and the range that any policy may say (design §4). */

/** A policy's limits. All are inclusive: a record of exactly `recordBytes` is allowed. */
export type Limits = {
  /** Mapper sandboxes alive at once. */
  readonly mappers: number;
  /** Reducer sandboxes alive at once. */
  readonly reducers: number;
  /** Partitions of one job: the greatest R that a plan may have. */
  readonly partitions: number;
  /** Memory of one sandbox. */
  readonly memoryMiB: number;
  /** One record as it stands in a chunk. */
  readonly recordBytes: number;
  /** One emitted key, in UTF-8. */
  readonly keyBytes: number;
  /** One emitted value, or accumulator of values, as JSON in UTF-8. */
  readonly valueBytes: number;
  /** What one map task, or one partition, may put out. */
  readonly outputMiB: number;
  /** One batch of records, which is at most 64 KiB of text: no sign of life for longer ends the sandbox. */
  readonly batchSeconds: number;
  /** One attempt at one task. */
  readonly taskSeconds: number;
  /** One job, from plan to release. */
  readonly jobSeconds: number;
  /** Records of one job that the program may fail on; no task may skip more by itself either. */
  readonly badRecords: number;
  /** Queries whose result one broker releases. */
  readonly releases: number;
};

export type LimitName = keyof Limits;

/** A number's value in a draft, and the least and the most that a policy may say. */
export interface NumberRange {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;
const day = 86_400;

/** The default and the range of every limit. */
export const limitRanges: Readonly<Record<LimitName, NumberRange>> = {
  mappers: { default: 16, min: 1, max: 1024 },
  reducers: { default: 16, min: 1, max: 1024 },
  partitions: { default: 64, min: 1, max: 4096 },
  memoryMiB: { default: 1024, min: 16, max: 1024 * KiB },
  recordBytes: { default: MiB, min: 1, max: 64 * MiB },
  keyBytes: { default: 64 * KiB, min: 1, max: MiB },
  valueBytes: { default: MiB, min: 1, max: 64 * MiB },
  outputMiB: { default: 1024, min: 1, max: 64 * KiB },
  batchSeconds: { default: 120, min: 1, max: 7 * day },
  taskSeconds: { default: 600, min: 1, max: 7 * day },
  jobSeconds: { default: day, min: 1, max: 30 * day },
  badRecords: { default: 0, min: 0, max: 1e9 },
  releases: { default: 1, min: 1, max: 1e6 },
};

/** What a drafted policy says where the caller says nothing else. */
export const defaultLimits: Limits = Object.freeze(
  Object.fromEntries(Object.entries(limitRanges).map(([name, range]) => [name, range.default])) as Record<
    LimitName,
    number
  >,
);

/** Numbers of a policy that stand outside `limits`. */
export type NumberName =
  | "minEpoch"
  | "maxChunks"
  | "maxChunkBytes"
  | "evidenceSeconds"
  | "minValues"
  | "minOwners"
  | "threshold"
  | "unixSeconds";

/** The default and the range of every other number. Chunks are measured before sealing; times end with year 9999. */
export const numberRanges: Readonly<Record<NumberName, NumberRange>> = {
  minEpoch: { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER },
  maxChunks: { default: 64 * KiB, min: 1, max: MiB },
  maxChunkBytes: { default: 16 * MiB, min: 1, max: 128 * MiB },
  evidenceSeconds: { default: 300, min: 1, max: day },
  minValues: { default: 0, min: 0, max: 1e9 },
  minOwners: { default: 0, min: 0, max: 256 },
  threshold: { default: 1, min: 1, max: 256 },
  unixSeconds: { default: 0, min: 0, max: 253_402_300_799 },
};

/** The most bytes that a policy may have. */
export const policyBytes: number = MiB;

/** How long a drafted policy is in force: 30 days, in seconds. */
export const draftSeconds: number = 30 * day;

/** The most entries that each list of a policy may have, and the most characters of its texts. */
export const listMaxima: Readonly<
  Record<
    "parties" | "inputs" | "columns" | "programs" | "outputs" | "measurements" | "platforms" | "counters" | "keys",
    number
  >
> = {
  parties: 256,
  inputs: 1024,
  columns: 4096,
  programs: 16,
  outputs: 64,
  measurements: 64,
  platforms: 16,
  counters: 64,
  keys: 64,
};

export const textMaxima: Readonly<Record<"purpose" | "column", number>> = { purpose: 500, column: 256 };
