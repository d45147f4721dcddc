/**
 * All that a program's file may import from sealfold: `program`, its types and the ready-made aggregates. It is bundled
 * into every program and measured with it, so it imports nothing of Node's.
 */

export type { ExactSum, Expansion } from "./exact-sum.ts";
export { distinct, type Seen } from "./distinct.ts";
export { histogram } from "./histogram.ts";
export {
  count,
  max,
  mean,
  type MeanState,
  min,
  type MinMaxMean,
  minMaxMean,
  type MinMaxMeanState,
  sum,
} from "./numbers.ts";
export {
  type Aggregate,
  type AnyDefinition,
  type Emit,
  type EmittedKey,
  type EmittedValue,
  type Key,
  type MapFunction,
  program,
  type Program,
  type ProgramDefinition,
  type ReduceFunction,
  type Scalar,
  type TextProgramDefinition,
  type ToolArgument,
} from "./program.ts";
export { fields, type Text, words } from "./tokens.ts";
export { type Ranked, topK } from "./top-k.ts";
export type {
  BytesIn,
  Capability,
  CounterTools,
  CryptoTools,
  KeyReference,
  KeyType,
  NarrowingRequest,
  Tools,
} from "./tools.ts";
