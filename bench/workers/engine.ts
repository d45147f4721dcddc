/**
 * A bare thread for a program over byte views: sealfold's own engine and its pairs, as a sandbox has them, without realm,
 * sealing and proof. Bundled with its program.
 */

import program from "bench:program";
import { move, transferableSymbol, valueSymbol } from "piscina";

import { eachPacked, ResultWriter } from "../../lib/data/output.ts";
import { PairWriter } from "../../lib/data/pairs.ts";
import { Engine, type EngineLimits } from "../../lib/program/engine.ts";
import { HandOver } from "../../lib/program/hand-over.ts";
import { orderOfKeys } from "../../lib/program/key-order.ts";
import type { AnyDefinition } from "../../lib/program/program.ts";
import { TextRecords } from "../../lib/program/text-records.ts";
import { mergeWindows } from "../../lib/sandbox/realm/packed-streams.ts";

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
  const handOver = new HandOver(engine);
  for (let cell = 0; cell < handOver.cells;) {
    cell = expectDone(handOver.pairs(cell));
    writer.addPacked(packedIn(handOver));
  }
  return moved(writer.finish());
}

/** @returns the stream of one partition's results, in the order of their keys */
export function reduce(streams: readonly Uint8Array[]): unknown {
  const engine = new Engine(definition, limits);
  const handOver = new HandOver(engine);
  for (const stream of streams) {
    const before = handOver.merged;
    mergeWindows(stream, {
      merge: (bytes) => {
        const arrived = { bytes, length: bytes.length, text: bytes.toString("latin1"), owner: 0 };
        return expectDone(handOver.merge(arrived));
      },
      merged: () => handOver.merged - before,
    });
  }
  const { groups } = engine;
  const order = orderOfKeys(groups.keys, groups.count, (cell) => groups.values[cell] !== 0);
  const writer = new ResultWriter();
  for (let at = 0; at < order.length;) {
    at = expectDone(handOver.results(order, at, order.length));
    eachPacked(packedIn(handOver), (result) => writer.copy(result));
  }
  return moved([writer.finish()]);
}

function expectDone(answer: number): number {
  if (answer < 0) throw new Error(`the program failed, with status ${answer}`);
  return answer;
}

function packedIn({ packed }: HandOver): Uint8Array {
  return packed.bytes.subarray(0, packed.length);
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
