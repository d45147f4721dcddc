/**
 * A bare thread for a program over byte views: sealfold's own engine and its pairs, as a sandbox has them, without realm,
 * sealing and proof. Bundled with its program.
 */

import program from "bench:program";
import { move, transferableSymbol, valueSymbol } from "piscina";

import { ResultWriter } from "../../lib/data/output.ts";
import { compareKeys, PairWriter, readPairs } from "../../lib/data/pairs.ts";
import { Engine, type EngineLimits } from "../../lib/program/engine.ts";
import type { AnyDefinition } from "../../lib/program/program.ts";
import { TextRecords } from "../../lib/program/text-records.ts";

/** A block of lines, of which `length` bytes count, and among how many its pairs are spread. */
export interface EngineBlock {
  readonly buffer: ArrayBuffer;
  readonly length: number;
  readonly partitions: number;
}

const { definition } = program as { readonly definition: AnyDefinition };
const limits: EngineLimits = { keyBytes: Infinity, valueBytes: Infinity, outputBytes: Infinity, badRecords: 0 };
/** Of keys over partitions: nobody hides anything here. */
const seed = new Uint8Array(16);

/** @returns a stream of pairs for each partition */
export function map({ buffer, length, partitions }: EngineBlock): unknown {
  const engine = new Engine(definition, limits);
  const records = new TextRecords(engine);
  for (let from = 0; from < length;) from = expectDone(records.mapLines({ buffer, length, from }));
  const writer = new PairWriter(partitions, seed);
  for (const cell of Array.from(engine.cells)) {
    const { kind, key, values } = cell;
    writer.add({ kind, key, values, state: expectText(engine.stateText(cell)) });
  }
  return moved(writer.finish());
}

/** @returns the stream of one partition's results, in the order of their keys */
export function reduce(streams: readonly Uint8Array[]): unknown {
  const engine = new Engine(definition, limits);
  for (const stream of streams) {
    readPairs(stream, (kind, key, values, state) => expectDone(engine.merge(kind, key, values, state, "0")));
  }
  const writer = new ResultWriter();
  const cells = Array.from(engine.cells).sort((a, b) => compareKeys(a.kind, a.key, b.kind, b.key));
  for (const cell of cells) writer.add(cell.kind, cell.key, expectText(engine.resultText(cell)));
  return moved([writer.finish()]);
}

function expectDone(answer: number): number {
  if (answer < 0) throw new Error(`the program failed, with status ${answer}`);
  return answer;
}

function expectText(text: string | number): string {
  if (typeof text === "number") throw new Error(`the program failed, with status ${text}`);
  return text;
}

/** To be handed over without a copy. */
function moved(streams: readonly Uint8Array[]): unknown {
  const transferable = {
    get [transferableSymbol]() {
      return streams.map(({ buffer }) => buffer);
    },
    get [valueSymbol]() {
      return streams;
    },
  };
  return move(transferable);
}
