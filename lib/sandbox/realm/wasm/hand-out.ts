/** Packed pairs and results of an engine that has no wall around it: its module has. */

import { type Pair, readPairs } from "../../../data/pairs.ts";
import { type HandOver, portionBytes } from "../../../program/hand-over.ts";
import { orderOfKeys } from "../../../program/key-order.ts";
import { mergeWindows } from "../packed-streams.ts";
import type { PackedVisitor } from "../program-realm.ts";
import type { OutputRoom } from "../tally.ts";

/** Pairs between two signs of life. */
const pulseEvery = 1024;

/** Where what is packed goes. */
export interface Outside {
  readonly room: OutputRoom;
  readonly take: PackedVisitor;
  /** Throws what a failure of the engine stands for. */
  fail(failure: number): never;
}

/** Hands out all pairs. */
export function drainPairs(handOver: HandOver, outside: Outside): void {
  for (let cell = 0; cell < handOver.cells;) {
    const next = handOver.pairs(cell);
    if (next <= cell) outside.fail(next);
    cell = next;
    takePacked(handOver, outside);
  }
}

/** Hands out all results, in the order of their keys. */
export function finishResults(handOver: HandOver, outside: Outside, resultOf: (cell: number) => string): void {
  const values = new Float64Array(handOver.values);
  const keys = { bytes: new Uint8Array(handOver.keyBytes), starts: new Int32Array(handOver.keyStarts) };
  handOver.clear();
  for (const cell of orderOfKeys(keys, handOver.cells, (each) => values[each] !== 0)) {
    handOver.packResult(cell, resultOf(cell));
    if (handOver.packed.length >= portionBytes) takePacked(handOver, outside);
  }
  takePacked(handOver, outside);
}

/** @returns how many pairs of `stream` were merged */
export function mergeStream(handOver: HandOver, stream: Uint8Array, from: MergedFrom): number {
  const before = handOver.merged;
  return mergeWindows(stream, {
    merge: (window) => {
      from.pulse?.();
      const { owner } = from;
      const text = handOver.texts > 0 ? window.toString("latin1") : "";
      const taken = handOver.merge({ bytes: window, length: window.length, text, owner });
      return taken < 0 ? from.fail(taken) : taken;
    },
    merged: () => handOver.merged - before,
  });
}

/**
 * Hands out the pairs of a stream one by one, for states that a module combines.
 * @returns how many there were
 */
export function mergeEach(stream: Uint8Array, pulse: (() => void) | undefined, merge: (pair: Pair) => void): number {
  let pairs = 0;
  readPairs(stream, (kind, key, values, state) => {
    if (pairs % pulseEvery === 0) pulse?.();
    // What is no number was packed as JSON, after a byte that says so.
    merge({ kind, key, values, state: state.startsWith("\0") ? state.slice(1) : "" });
    pairs++;
  });
  return pairs;
}

/** Whose pairs are merged. */
export interface MergedFrom {
  readonly owner: number;
  readonly pulse: (() => void) | undefined;
  fail(failure: number): never;
}

function takePacked(handOver: HandOver, { room, take }: Outside): void {
  const { packed, payload } = handOver;
  if (packed.length === 0) return;
  room.takeBytes(payload);
  take(packed.bytes.subarray(0, packed.length));
  handOver.clear();
}
