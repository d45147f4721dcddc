/**
 * A bare thread for a program over byte views: sealfold's own engine and its packed pairs, as a sandbox has them, without
 * realm, sealing and proof. Bundled with its program.
 */

import program from "bench:program";
import { move, transferableSymbol, valueSymbol } from "piscina";

import { PairWriter } from "../../lib/data/pairs.ts";
import { Engine, type EngineLimits } from "../../lib/program/engine.ts";
import { HandOver } from "../../lib/program/hand-over.ts";
import { orderOfKeys } from "../../lib/program/key-order.ts";
import type { AnyDefinition } from "../../lib/program/program.ts";
import { Scanner } from "../../lib/program/scanner.ts";
import { TextRecords } from "../../lib/program/text-records.ts";
import { mergeWindows } from "../../lib/sandbox/realm/packed-streams.ts";
import { scannerModule } from "../../lib/sandbox/realm/scanner-module.ts";
import { OutputWriters } from "../../lib/sandbox/roles/output-writers.ts";

/** A block of lines, of which `length` bytes count, and among how many its pairs are spread. */
export interface EngineBlock {
  readonly buffer: ArrayBuffer;
  readonly length: number;
  readonly partitions: number;
}

const { definition } = program as { readonly definition: AnyDefinition };
const limits: EngineLimits = { keyBytes: 2 ** 20, valueBytes: 2 ** 20, outputBytes: 2 ** 31, badRecords: 0 };
/** Of keys over partitions: nobody hides anything here. */
const seed = new Uint8Array(16);
/** What everybody gets who asks. */
const output = { name: "result", receivers: [], noise: "none", minValues: 1, minOwners: 1 } as const;

const lineFeed = 0x0a;
/** Lines are scanned where a module has its memory, so many bytes at a time, as a sandbox has them from a chunk. */
const portion = 1024 * 1024;
const scanner = new Scanner(scannerModule());

/** @returns a stream of pairs for each partition */
export function map({ buffer, length, partitions }: EngineBlock): unknown {
  const engine = new Engine(definition, limits);
  scanner.forget();
  const records = new TextRecords(engine, scanner);
  const block = Buffer.from(buffer, 0, length);
  for (let from = 0; from < length;) {
    const last = from + portion < length ? block.lastIndexOf(lineFeed, from + portion - 1) : length - 1;
    const lines = block.subarray(from, (last < from ? length - 1 : last) + 1);
    mapLines(records, lines);
    from += lines.length;
  }
  records.settle();
  const handOver = new HandOver(engine);
  const writer = new PairWriter(partitions, seed);
  for (let cell = 0; cell < engine.groups.count;) {
    cell = expectDone(handOver.pairs(cell));
    writer.addPacked(packedBy(handOver));
  }
  return moved(writer.finish());
}

function mapLines(records: TextRecords, lines: Buffer): void {
  const { length } = lines;
  const place = records.place(length) ?? new ArrayBuffer(length);
  new Uint8Array(place, records.offset, length).set(lines);
  for (let from = 0; from < length;) from = expectDone(records.mapLines({ buffer: place, length, from }));
}

/** @returns the stream of one partition's results, in the order of their keys */
export function reduce(streams: readonly Uint8Array[]): unknown {
  const engine = new Engine(definition, limits);
  const handOver = new HandOver(engine);
  for (const stream of streams) {
    const before = handOver.merged;
    mergeWindows(stream, {
      merge: (bytes) =>
        expectDone(
          handOver.merge({
            bytes,
            length: bytes.length,
            text: handOver.texts > 0 ? bytes.toString("latin1") : "",
            owner: 0,
          }),
        ),
      merged: () => handOver.merged - before,
    });
  }
  const { keys, count, values } = engine.groups;
  const order = orderOfKeys(keys, count, (cell) => values[cell] !== 0);
  const writers = new OutputWriters([output]);
  for (let at = 0; at < order.length;) {
    at = expectDone(handOver.results(order, at, order.length));
    writers.addPacked(packedBy(handOver));
  }
  return moved(writers.finish().map(({ stream }) => stream));
}

function packedBy({ packed }: HandOver): Uint8Array {
  return packed.bytes.subarray(0, packed.length);
}

function expectDone(answer: number): number {
  if (answer < 0) throw new Error(`the program failed, with status ${answer}`);
  return answer;
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
